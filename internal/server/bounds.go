package server

import (
	"cmp"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/runtime"
)

// EgressBounds bound the requests of all tasks of a node. Zero is no bound. See [egress.Config].
type EgressBounds struct {
	MaxConns           int // connections to all hosts
	MaxConnsPerHost    int
	MaxRequestsPerHost int
	MaxWaiting         int // requests that wait for one of these
}

func (b EgressBounds) applyTo(c *egress.Config) {
	c.MaxConns, c.MaxConnsPerHost, c.MaxRequestsPerHost, c.MaxWaiting = b.MaxConns, b.MaxConnsPerHost, b.MaxRequestsPerHost, b.MaxWaiting
}

// EngineBounds bound what the engine of a node does at once.
type EngineBounds struct {
	Tasks          int // tasks in progress; 0: no bound but that of runs
	TasksPerTenant int // 0: no bound
	Queue          int // tasks that wait; 0: as many as there are workers for runs

	Processes       int   // worker processes; 0: four for each CPU, at least 16
	SpareProcesses  int   // 0: one
	ProcessesMemory int64 // of all of them; 0: no bound
}

func (b EngineBounds) budget(workers int) runtime.Budget {
	const usualWorkers = 16 // see runs.Config
	return runtime.Budget{Tasks: b.Tasks, TenantTasks: b.TasksPerTenant, Queue: cmp.Or(b.Queue, workers, usualWorkers)}
}

// workers returns the worker processes, as many as may be and have memory.
func (b EngineBounds) workers(l hostapi.Limits) *runtime.Workers {
	w := &runtime.Workers{Max: b.Processes, Spare: b.SpareProcesses}
	if b.ProcessesMemory > 0 {
		fit := int(b.ProcessesMemory / memoryOf(l))
		w.Max = min(fit, cmp.Or(b.Processes, fit))
	}
	return w
}

// memoryOf returns what one task may have.
func memoryOf(l hostapi.Limits) int64 { return l.Or(hostapi.DefaultLimits()).Memory }

// readBounds reads the tables engine and egress.
func (f *File) readBounds(engine, egress *stricttoml.Table) {
	f.Engine = EngineBounds{
		Tasks: bound(engine, "tasks"), TasksPerTenant: bound(engine, "tasks_per_tenant"), Queue: bound(engine, "queue"),
		Processes: bound(engine, "processes"), SpareProcesses: bound(engine, "spare_processes"), ProcessesMemory: size(engine, "processes_memory"),
	}
	if memory := memoryOf(f.Limits); f.Engine.ProcessesMemory > 0 && f.Engine.ProcessesMemory < memory {
		engine.Fail("processes_memory", "is less than the memory of one task, "+bytesize.Format(memory), "raise it, or lower memory in [limits]")
	}
	f.Egress = EgressBounds{
		MaxConns: bound(egress, "max_conns"), MaxConnsPerHost: bound(egress, "max_conns_per_host"),
		MaxRequestsPerHost: bound(egress, "max_requests_per_host"), MaxWaiting: bound(egress, "max_waiting"),
	}
}
