package egress

import goruntime "runtime"

// OpenConnections returns how many network connections c has open.
func OpenConnections(c *Client) int {
	c.open.mu.Lock()
	defer c.open.mu.Unlock()
	return len(c.open.open)
}

// WaitForWaiting returns once n requests wait: for a connection, or for their turn at host.
func WaitForWaiting(c *Client, host string, n int) {
	waiting := func() int {
		if host == "" {
			c.pool.mu.Lock()
			defer c.pool.mu.Unlock()
			return len(c.pool.waiting)
		}
		c.perHost.mu.Lock()
		defer c.perHost.mu.Unlock()
		if q := c.perHost.hosts[host]; q != nil {
			_, _, waiting := q.Counts("")
			return waiting
		}
		return 0
	}
	for waiting() < n {
		goruntime.Gosched()
	}
}
