//go:build !linux

package firstfive

import (
	"context"
	"errors"
	"os/exec"
)

// isolated marks the process that runs without a network.
const isolated = "AXESS_FIRST_FIVE_ISOLATED"

func alone(context.Context, ...string) (*exec.Cmd, error) { return nil, errNoNamespace }

func loopback() error { return errors.ErrUnsupported }
