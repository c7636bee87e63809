package tlc

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNoBehaviour means that a text holds no counterexample.
var ErrNoBehaviour = errors.New("no counterexample of TLC")

// ReadBehaviour reads the first counterexample in what TLC has printed, with
// its option -tool or without. Of the Result it fills Trace, Loop, Violated and
// Message.
func ReadBehaviour(r io.Reader) (*Result, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	over := false
	for _, block := range behaviourBlocks(string(all)) {
		head := strings.TrimPrefix(firstLine(block), "State ")
		_, rest, _ := strings.Cut(block, "\n")
		s, ok := parseState(head + "\n" + rest)
		switch {
		case over:
		case ok && s.Number == len(result.Trace)+1:
			result.Trace = append(result.Trace, s)
		case ok: // another behaviour begins
			over = len(result.Trace) > 0
		default:
			if loop, ok := parseLoop(head, len(result.Trace)); ok {
				result.Loop, over = loop, true
			}
		}
	}
	if len(result.Trace) == 0 {
		return nil, fmt.Errorf("%w: it has no line like \"State 1: <Initial predicate>\"", ErrNoBehaviour)
	}
	for line := range strings.Lines(string(all)) {
		if name := nameIn(strings.TrimPrefix(line, "Error: ")); name != "" && result.Violated == "" {
			result.Violated, result.Message = name, strings.TrimSpace(strings.TrimPrefix(line, "Error: "))
		}
	}
	return result, nil
}

// behaviourBlocks are the texts that begin with a state's head and end where
// something else begins.
func behaviourBlocks(text string) []string {
	var blocks []string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		head := strings.TrimPrefix(line, "State ")
		switch {
		case stateHead.MatchString(head), stutterHead.MatchString(head), backHead.MatchString(head):
			blocks, inside = append(blocks, line), true
		case !inside:
		case strings.HasPrefix(line, "@!@!@"), strings.TrimSpace(line) == "":
			inside = false
		default:
			blocks[len(blocks)-1] += "\n" + line
		}
	}
	return blocks
}
