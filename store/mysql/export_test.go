package mysql

import "database/sql/driver"

// Keeping makes connections as Open does.
func Keeping(c driver.Connector) driver.Connector { return connector{c} }
