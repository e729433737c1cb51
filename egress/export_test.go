package egress

// OpenConnections returns how many network connections c has open.
func OpenConnections(c *Client) int {
	c.open.mu.Lock()
	defer c.open.mu.Unlock()
	return len(c.open.open)
}
