package toolbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// Script is a run that is led by hand. Each call into the code goes through one of
// its methods, which says what is expected, so that no refusal and no error gets
// lost. The first surprise sticks, with the place in the source where it came.
// The run goes on after it: code that lacks a rule goes its own way, and the trace
// has to show where that leads. The zero value is ready. All methods except Follow
// are for use by several goroutines.
type Script struct {
	mu      sync.Mutex
	err     error
	command string // that Follow is at
}

// ErrNotRefused is wrapped by the error of a Script for a step that the code took
// and should have refused.
var ErrNotRefused = errors.New("it was not refused")

// Err returns the first surprise, or nil.
func (s *Script) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Must expects that all went well. A refusal is an error like any other.
func (s *Script) Must(err error) { s.note(err) }

// Allow expects that all went well, or else one of these errors.
func (s *Script) Allow(err error, expected ...error) { s.note(Allow(err, expected...)) }

// Refused expects the refusal.
func (s *Script) Refused(err, refusal error) {
	switch {
	case errors.Is(err, refusal):
	case err == nil:
		s.note(fmt.Errorf("%w: want %w", ErrNotRefused, refusal))
	default:
		s.note(fmt.Errorf("want %w, have %w", refusal, err))
	}
}

// Check expects that something holds. The text says what does not.
func (s *Script) Check(holds bool, format string, args ...any) {
	if !holds {
		s.note(fmt.Errorf(format, args...))
	}
}

// note keeps the first error, with the place in the script where it came.
func (s *Script) note(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = fmt.Errorf("%s: %w", where(), err)
		if s.command != "" {
			s.err = fmt.Errorf("%s: %w", s.command, s.err)
		}
	}
}

// Follow leads a run by a text, which has a command on each line, or several divided by
// commas; what is behind a # is a comment. Do carries out one command, given as its
// words. It returns an error for a command that it does not know, on which Follow ends.
// Any other surprise goes through the Script, which names the command, too.
func (s *Script) Follow(text string, do func(words []string) error) {
	defer s.at("")
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for command := range strings.SplitSeq(line, ",") {
			words := strings.Fields(command)
			if len(words) == 0 {
				continue
			}
			s.at(fmt.Sprintf("line %d of the script: %s", i+1, strings.Join(words, " ")))
			if err := do(words); err != nil {
				s.note(err)
				return
			}
		}
	}
}

// FollowSteps is Follow for commands that are steps of the code. Step takes one. The word
// not stands before a step that the code must refuse with this refusal.
func (s *Script) FollowSteps(text string, refusal error, step func(words []string) error) {
	s.Follow(text, func(words []string) error {
		if words[0] == "not" && len(words) > 1 {
			s.Refused(step(words[1:]), refusal)
		} else {
			s.Must(step(words))
		}
		return nil
	})
}

// Number reads a word of a command, which must be a number.
func (s *Script) Number(word string) uint64 {
	n, err := strconv.ParseUint(word, 10, 64)
	s.Must(err)
	return n
}

func (s *Script) at(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.command = command
}

// ErrNoCommand is for a command of a script, or of a parent process, that is not known.
var ErrNoCommand = errors.New("no such command")

// Command carries out a command of a table.
func Command(name string, table map[string]func() error) error {
	do := table[name]
	if do == nil {
		return fmt.Errorf("%w: %s", ErrNoCommand, name)
	}
	return do()
}

// Numbers returns the numbers among the words of a command, in their order.
func Numbers(words []string) (all []int) {
	for _, word := range words {
		if n, err := strconv.Atoi(word); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// where is the place in the source that has called the toolbox, and what has called
// that: a script's own helpers say little without it.
func where() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var places []string
	for len(places) < 3 {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "/conformance/toolbox.") {
			places = append(places, fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line))
		}
		if !more {
			break
		}
	}
	return strings.Join(places, ", from ")
}

// ErrOf drops the result of a call, for one whose error says enough.
func ErrOf[T any](_ T, err error) error { return err }

// Allow returns nil in place of one of the errors that are expected.
func Allow(err error, expected ...error) error {
	for _, e := range expected {
		if errors.Is(err, e) {
			return nil
		}
	}
	return err
}
