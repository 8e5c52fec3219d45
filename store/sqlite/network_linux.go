package sqlite

import "syscall"

// networkKind names the network file system that a directory is on; empty if it
// is on none that can be told.
func networkKind(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return "" // opening the file will say more
	}
	return networkName(uint32(st.Type))
}

// networkName knows the magic numbers of statfs(2).
func networkName(magic uint32) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x5346414f:
		return "AFS"
	case 0x00c36400:
		return "Ceph"
	case 0x01021997:
		return "9P"
	}
	return ""
}
