package sched

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Task is a function that runs beside its caller.
type Task struct {
	name string
	done *Gate
	err  error // written before done opens
}

// Go runs fn as a task. The name says in traces and reports whose it is. The
// context is fn's; a task that outlives the request it came from is started
// under context.WithoutCancel, and then its owner ends it in another way.
func (s Sched) Go(ctx context.Context, name string, fn func(context.Context) error) *Task {
	t := s.newTask(name)
	t.run(ctx, s, fn)
	return t
}

// Wait returns what the task's function returned, or a *PanicError if it did
// not return. If ctx ends first it returns ctx.Err() and the task goes on. Any
// number of callers may wait, also after the end.
func (t *Task) Wait(ctx context.Context) error {
	if err := t.done.Wait(ctx); err != nil {
		return err
	}
	return t.err
}

func (s Sched) newTask(name string) *Task {
	return &Task{name: name, done: s.NewGate(name)}
}

func (t *Task) run(ctx context.Context, s Sched, fn func(context.Context) error) {
	s.start(ctx, t.name, func(ctx context.Context) {
		defer t.done.Open()
		// Stands only if fn leaves by runtime.Goexit, which no recover sees.
		t.err = &PanicError{Name: t.name, Value: ErrExited}
		t.err = protect(ctx, t.name, fn)
	})
}

// protect turns a panic of fn into an error.
func protect(ctx context.Context, name string, fn func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Name: name, Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(ctx)
}

// ErrExited is the Value of a PanicError whose task left by runtime.Goexit.
var ErrExited = errors.New("runtime.Goexit")

// PanicError is the result of a task that panicked.
type PanicError struct {
	Name  string // of the task
	Value any    // what was given to panic
	Stack []byte // of the panicking task
}

// Error names the task and the kind of panic. It shows the value only if that
// is an error of the runtime: any other may carry what must not be logged.
func (e *PanicError) Error() string {
	if re, ok := e.Value.(runtime.Error); ok {
		return fmt.Sprintf("sched: task %s panicked: %v", e.Name, re)
	}
	return fmt.Sprintf("sched: task %s panicked with a %T", e.Name, e.Value)
}

// Unwrap returns the value given to panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
