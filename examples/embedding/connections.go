package embedding

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/runtime"
)

func withConnections(ctx context.Context, set *connection.Set, use func(*runtime.Engine) error) error {
	network := egress.New(set.Egress())
	defer network.Close()
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: network})
	if err != nil {
		return err
	}
	engine := runtime.New(runtime.Config{Connector: manager, Limits: set.Limits(), Cookies: set.Cookies()})

	err = use(engine)

	soon, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return errors.Join(err, engine.Shutdown(soon), manager.Close(soon))
}

func call(ctx context.Context, engine *runtime.Engine, script *runtime.Script, url string) (any, error) {
	result, err := engine.Run(ctx, runtime.Task{
		Script:      script,
		Data:        map[string]any{"q_url": url},
		Connections: []string{"playground"},
	})
	return result.Data["q_status"], err
}
