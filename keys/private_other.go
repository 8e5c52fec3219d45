//go:build !unix

package keys

import "os"

const noFollow = 0

func checkFile(string, os.FileInfo, int) error { return nil }

func checkMounted(string, os.FileInfo, int) error { return nil }

func checkMountPoint(dir string) error { return checkDir(dir) }

func checkDir(dir string) error {
	_, err := os.Stat(dir)
	return err
}

// syncDir does nothing: directories cannot be opened for it here.
func syncDir(string) error { return nil }
