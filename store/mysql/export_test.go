package mysql

// WholeConn is what a connection of the driver can do.
type WholeConn = wholeConn
