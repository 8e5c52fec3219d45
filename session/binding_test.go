package session

// observed binds to the browser and lets everybody through.
func observed(c *Config) { c.Bindings = []Binding{{BindUserAgent, Observe}} }
