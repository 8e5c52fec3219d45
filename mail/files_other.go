//go:build !unix

package mail

import "io/fs"

// exposed is false: the mode says nothing about who may write here.
func exposed(fs.FileMode) bool { return false }

// syncDir does nothing: directories cannot be opened for it here.
func syncDir(string) error { return nil }
