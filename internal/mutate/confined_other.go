//go:build !unix

package mutate

import (
	"context"
	"os/exec"
	"time"
)

func confined(ctx context.Context, path string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
