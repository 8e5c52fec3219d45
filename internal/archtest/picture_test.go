package archtest

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var floor = regexp.MustCompile(`r(\d)\["\d · ([^"]+)"\]`)

// FUZ-L17, DOC-010: rooms that ARCHITECTURE.md draws are on the floor that the
// table gives them.
func TestPicture_of_the_floors(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := floor.FindAllStringSubmatch(string(page), -1)
	if len(rows) != 10 {
		t.Fatalf("%d floors are drawn", len(rows))
	}
	for _, row := range rows {
		rank, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, room := range strings.Split(row[2], ", ") {
			name := room
			if name == "axess (root)" {
				name = "."
			}
			if got, known := lookup(House().Rank, name); !known || got != rank {
				t.Errorf("%s is drawn on floor %d, the table says %d", room, rank, got)
			}
		}
	}
}
