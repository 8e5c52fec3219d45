package sqlite

import "testing"

// STO-025
func TestNetworkName_knows_network_file_systems(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		0x6969: "NFS", 0xfe534d42: "SMB", 0xff534d42: "SMB", 0x00c36400: "Ceph",
		0xef53: "", 0x58465342: "", 0x9123683e: "", 0x01021994: "", // ext4, XFS, btrfs, tmpfs
	} {
		if got := networkName(magic); got != want {
			t.Errorf("%#x: got %q, want %q", magic, got, want)
		}
	}
}
