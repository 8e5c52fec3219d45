package devtls

import (
	"errors"
	"strings"
)

// ErrPlatform: no command is known that changes the trust store of this system.
var ErrPlatform = errors.New("devtls: no command for the trust store of this system")

// Platform is the system whose trust store is meant.
type Platform struct {
	// OS is runtime.GOOS; Root says that no sudo is needed.
	OS   string
	Root bool
	// Has reports whether a program is there to run.
	Has func(program string) bool
}

// Trust returns the commands that make the system believe an authority, in order,
// as arguments. Errors: [ErrPlatform].
func (p Platform) Trust(file, fingerprint string) ([][]string, error) {
	switch {
	case p.OS == "darwin":
		return [][]string{{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", file}}, nil
	case p.OS == "windows":
		return [][]string{{"certutil", "-user", "-addstore", "Root", file}}, nil
	case p.OS == "linux" && p.Has("update-ca-certificates"):
		return p.sudo([][]string{
			{"install", "-m", "0644", file, installed(fingerprint)},
			{"update-ca-certificates"},
		}), nil
	case p.OS == "linux" && p.Has("trust"):
		return p.sudo([][]string{{"trust", "anchor", "--store", file}}), nil
	}
	return nil, ErrPlatform
}

// Untrust returns the commands that undo Trust. serial is that of the certificate,
// in hex.
func (p Platform) Untrust(file, fingerprint, serial string) ([][]string, error) {
	switch {
	case p.OS == "darwin":
		return [][]string{{"security", "remove-trusted-cert", file}}, nil
	case p.OS == "windows":
		return [][]string{{"certutil", "-user", "-delstore", "Root", serial}}, nil
	case p.OS == "linux" && p.Has("update-ca-certificates"):
		return p.sudo([][]string{
			{"rm", "-f", installed(fingerprint)},
			{"update-ca-certificates"},
		}), nil
	case p.OS == "linux" && p.Has("trust"):
		return p.sudo([][]string{{"trust", "anchor", "--remove", file}}), nil
	}
	return nil, ErrPlatform
}

// installed is a name of its own for every authority: the server of another
// directory has another.
func installed(fingerprint string) string {
	return "/usr/local/share/ca-certificates/axess-dev-" + fingerprint + ".crt"
}

func (p Platform) sudo(commands [][]string) [][]string {
	if p.Root {
		return commands
	}
	for i := range commands {
		commands[i] = append([]string{"sudo"}, commands[i]...)
	}
	return commands
}

// Line is a command as a person types it.
func Line(command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = w
		if strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:\\") != "" {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
