package portargs

import (
	"fmt"

	"github.com/axess-go/axess/store"
)

// Row refuses an outbox row that no backend stores.
func Row(r *store.Row) error {
	switch {
	case r.ID == [16]byte{}:
		return fmt.Errorf("row without id: %w", store.ErrBadArgument)
	case r.Topic == "":
		return fmt.Errorf("row without topic: %w", store.ErrBadArgument)
	case len(r.Body) > store.MaxRowBody:
		return fmt.Errorf("row: %w", store.ErrTooLarge)
	}
	return nil
}

// Rows is Row for each of them.
func Rows(rows []store.Row) error {
	for i := range rows {
		if err := Row(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}
