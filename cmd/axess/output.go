package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// outputFlag is -o, which every verb that prints data has (CLI-023).
func outputFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "output", Aliases: []string{"o"}, Value: "table", Usage: "`form` of what is printed: table or json", OnlyOnce: true,
		Validator: func(s string) error {
			if s != "table" && s != "json" {
				return fmt.Errorf("must be table or json")
			}
			return nil
		},
	}
}

// printJSON prints v, which begins with a field "v" that is 1: fields are added,
// never changed.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printTable prints rows in columns; the last one is as long as it is. Nothing is
// cut off.
func printTable(w io.Writer, rows ...[]string) {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i >= len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(visible(cell))))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			cell = visible(cell)
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-len([]rune(cell))+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// findings is the end of a verb that has said on standard output what is not as it
// should be.
func findings() error { return &refusal.Error{Code: refusal.Findings} }

// kept writes, and keeps the first error: what prints a line does not ask.
type kept struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (k *kept) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if k.err == nil {
		k.err = err
	}
	return n, err //nolint:wrapcheck // it is the writer's
}
