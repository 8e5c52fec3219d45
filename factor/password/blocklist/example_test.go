package blocklist_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/seal"
)

func ExampleCommon() {
	common := blocklist.Common()
	for _, pw := range []string{"ManchesterUnited", "manchester in the rain"} {
		known, err := common.Contains(context.Background(), seal.NewSecret([]byte(pw)))
		fmt.Println(known, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "blocklist")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "words.txt")
	if err := os.WriteFile(file, []byte("acme-anvils-for-all\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	list, err := blocklist.Open(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	known, err := list.Contains(context.Background(), seal.NewSecret([]byte("Acme-Anvils-for-all")))
	fmt.Println(list.Len(), known, err)
	// Output: 1 true <nil>
}

func ExampleNewRange() {
	_, err := blocklist.NewRange(blocklist.RangeConfig{Clock: clock.System(), URL: "http://mirror.example/range/"})
	fmt.Println(err)
	// Output: blocklist: range: URL must be https, end in / and have no query
}

func ExampleEntry() {
	fmt.Printf("%x\n", blocklist.Entry([]byte("Password")))
	fmt.Printf("%x\n", blocklist.Entry([]byte("password")))
	// Output:
	// bc68df90c0e1
	// bc68df90c0e1
}
