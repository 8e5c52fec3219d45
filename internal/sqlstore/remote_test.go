package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/sqlstore"
)

// PRD-006: what an option has set wrong is said with its cure, before any server is asked.
func TestRemote_is_checked(t *testing.T) {
	t.Parallel()
	if err := sqlstore.NewRemote(1).Check(); err != nil {
		t.Fatal(err)
	}
	for cure, spoil := range map[string]func(*sqlstore.Remote){
		"an option is nil":         func(r *sqlstore.Remote) { r.Clock = nil },
		"option is nil":            func(r *sqlstore.Remote) { r.Entropy = nil },
		"WithConnections from 1":   func(r *sqlstore.Remote) { r.Connections = 0 },
		"leave WithPrefix out, or": func(r *sqlstore.Remote) { r.Prefix = "" },
	} {
		r := sqlstore.NewRemote(1)
		spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("want %q, got %v", cure, err)
		}
	}
}
