package ops

import (
	"errors"
	"slices"
	"testing"
	"time"

	"planted/seal"
)

func TestBodies(t *testing.T) {
	zeroMissed(1)
	truthMissed("yes")
	n, err := named()
	if zero(1) != 2 || !truth("yes") || truth("no") || !truthMissed("yes") || n != 4 || err != nil {
		t.Error("body")
	}
	if !constants() {
		t.Error("constants")
	}
}

func TestConditions(t *testing.T) {
	if check(13) != "refused" || check(1) != "accepted" || checkMissed(1) != "accepted" {
		t.Error("check")
	}
	if cases(1) != "small" || cases(2) != "small" || cases(4) != "large" {
		t.Error("cases")
	}
	if guarded(true) != 2 || guarded(false) != 1 || guardedMissed(true) != 2 {
		t.Error("guarded")
	}
	if !both(true, true) || both(true, false) || both(false, true) || !bothMissed(true, true) || bothMissed(false, true) {
		t.Error("both")
	}
	if !either(true, false, false) || !either(false, true, false) || either(false, false, false) {
		t.Error("either")
	}
	if !limit(9) || limit(10) || !limitMissed(1) || limitMissed(11) {
		t.Error("limit")
	}
	at := time.Unix(100, 0)
	if early(at, at) || !early(at, at.Add(1)) || !late(at.Add(1), at) || late(at, at.Add(1)) {
		t.Error("times")
	}
	if differs(1, 1) != "same" || differs(1, 2) != "other" || !differsMissed(1, 1) {
		t.Error("negate")
	}
}

func TestStatements(t *testing.T) {
	var b box
	b.fill()
	if b.items[0] != "one" || b.n == 0 {
		t.Error("fill")
	}
	b = box{}
	b.closing()
	if b.items[0] != "closing" || b.n != 1 {
		t.Error("closing")
	}
	b = box{}
	if err := b.steps(1); !errors.Is(err, errOdd) || b.n != 1 || b.steps(2) != nil {
		t.Error("steps")
	}
	b = box{}
	if err := b.ordered(1); !errors.Is(err, errOdd) || !slices.Equal(b.items, []string{"begin", "end"}) || b.n == 0 {
		t.Error("ordered")
	}
	b = box{}
	if err := b.order(1); !errors.Is(err, errOdd) || !slices.Equal(b.items, []string{"n=0"}) {
		t.Error("order")
	}
	b = box{}
	if err := b.orderMissed(2); err != nil || len(b.items) != 1 || b.orderMissed(1) == nil || b.n != 3 {
		t.Error("order missed")
	}
	b = box{}
	for _, f := range b.list() {
		f()
	}
	slices.Sort(b.items[1:])
	if b.items[0] != "1" || len(b.items) != 3 {
		t.Error("list")
	}
}

func TestKeys(t *testing.T) {
	if !same([]byte("a"), []byte("a")) || same([]byte("a"), []byte("b")) || !sameMissed([]byte("a"), []byte("a")) {
		t.Error("same")
	}
	if label() != seal.LabelOne || labelMissed() != 8 {
		t.Error("label")
	}
	if sealed([]byte("a")) != "a|text" || sealedMissed(nil) != "|text" {
		t.Error("sealed")
	}
}
