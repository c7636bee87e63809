package trace

import (
	"bufio"
	"bytes"
)

// Watch returns a recorder that writes nothing. It hands each step to see
// inside State, as a reader of the trace would get it; the events' lines count
// from 1. It is for code that is driven step by step and looked at after each.
// An error of see stops the recording like a full disk. The recorder is locked
// while see runs, so that see must not use it.
func Watch(see func(Event) error) *Recorder {
	p := &parser{in: bufio.NewReader(nil)} // a line may be longer; most are much shorter
	p.known = make(map[string]Value)
	return &Recorder{w: &watcher{parser: p, see: see}, direct: true}
}

// watcher reads what a recorder writes, line by line.
type watcher struct {
	parser *parser
	see    func(Event) error
}

func (w *watcher) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte(`{"end":`)) {
		return len(line), nil
	}
	w.parser.in.Reset(bytes.NewReader(line))
	e, err := w.parser.next()
	if err != nil {
		return 0, err
	}
	return len(line), w.see(e)
}
