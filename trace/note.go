package trace

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"
)

// noted is a member of a step's note.
type noted struct{ key, text string }

// Note adds a member to the step's note: what the program wants to find again
// beside the step, such as the time or a level of its log. Nothing compares a
// note. The key must not come twice.
func (s *Step) Note(k, text string) *Step {
	if s != nil {
		s.notes = append(s.notes, noted{k, text})
	}
	return s
}

// note adds the note to the line of a step.
func (s *Step) note() {
	o := &s.o
	if o.err != nil || len(s.notes) == 0 && s.asRead == nil {
		return
	}
	o.buf = append(o.buf, `"note":`...)
	if s.asRead != nil {
		if !json.Valid(s.asRead) || !bytes.HasPrefix(s.asRead, []byte("{")) || bytes.ContainsRune(s.asRead, '\n') {
			o.fail(place{key: "note"}, invalid("it is no JSON object in one line"))
		}
		o.buf = append(append(o.buf, s.asRead...), ',')
		return
	}
	o.buf = append(o.buf, '{')
	for i, m := range s.notes {
		if slices.ContainsFunc(s.notes[:i], func(other noted) bool { return other.key == m.key }) {
			o.fail(place{key: "note"}, invalid("it has the member %s twice", strconv.Quote(m.key)))
			return
		}
		line, ok := appendQuoted(o.buf, m.key, ':')
		if !ok {
			o.unquotable(place{key: "note"}, m.key)
			return
		}
		o.string(line, place{key: "note"}, m.text)
	}
	if o.err == nil {
		o.buf[len(o.buf)-1] = '}'
		o.buf = append(o.buf, ',')
	}
}

// note reads the note of a step: a JSON object with any members.
func (p *parser) note() (json.RawMessage, error) {
	if p.peek() != '{' {
		return nil, p.expected("an object with the program's own members, such as times")
	}
	start := p.pos
	decoder := json.NewDecoder(bytes.NewReader(p.data[start:]))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return nil, p.errorf(start, "expected a JSON object as the note, found none: %s", err)
	}
	if !utf8.Valid(raw) {
		return nil, p.errorf(start, "expected a note of valid UTF-8, found other bytes")
	}
	p.pos += int(decoder.InputOffset())
	return bytes.Clone(raw), nil
}
