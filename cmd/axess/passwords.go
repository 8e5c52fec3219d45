package main

import (
	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/password/blocklist"
)

// blocklists are those of the settings, beside the one in the program; none when none is
// named, for which the library takes that one.
func blocklists(v *settings.Values) ([]password.Blocklist, error) {
	file, url := v.Text("passwords.file"), v.Text("passwords.range")
	if file == "" && url == "" {
		return nil, nil
	}
	lists := []password.Blocklist{blocklist.Common()}
	if file != "" {
		words, err := blocklist.Open(file)
		if err != nil {
			return nil, &refusal.Error{What: "the list of passwords cannot be read: " + err.Error(), Cure: "remove --passwords-file, or name a file with one password on each line", Err: err}
		}
		lists = append(lists, words)
	}
	if url != "" {
		service, err := blocklist.NewRange(blocklist.RangeConfig{Clock: clock.System(), URL: url})
		if err != nil {
			return nil, &refusal.Error{What: "passwords.range cannot be asked: " + err.Error(), Cure: "remove --passwords-range, or begin it with https and end it with /", Err: err}
		}
		lists = append(lists, service)
	}
	return lists, nil
}

// wordsOf is the list that a reload reads again; nil where none is.
func wordsOf(cfg axess.Config) *blocklist.File {
	for _, list := range cfg.Blocklists {
		if words, ok := list.(*blocklist.File); ok {
			return words
		}
	}
	return nil
}
