package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// version is the value of the header's member "lockstep".
const version = 1

// The members of each kind of line, in any order. Those of must are all there,
// those of may are there or not, and there are no others.
type members struct{ must, may []string }

var (
	headerMembers  = members{[]string{"lockstep", "spec", "scenario", "seed", "constants"}, []string{"process"}}
	processMembers = members{[]string{"name", "all", "run"}, nil}
	stepMembers    = members{[]string{"step", "args", "state"}, []string{"note"}}
	stampedMembers = members{[]string{"step", "args", "state", "stamp"}, []string{"heard", "note"}}
	heardMembers   = members{[]string{"process", "stamp"}, nil}
	trailerMembers = members{[]string{"end"}, nil}
)

// parser reads a trace line by line.
type parser struct {
	scanner
	in     *bufio.Reader
	long   []byte // holds a line that is longer than the buffer of in
	end    int64  // the offset behind the last whole line
	header Header
	steps  int
	stamp  uint64 // of the last step
}

// newParser reads the header.
func newParser(r io.Reader, name string) (*parser, error) {
	p := &parser{in: bufio.NewReaderSize(r, bufferSize)}
	p.file = name
	p.known = make(map[string]Value)
	if err := p.nextLine(); err != nil {
		return nil, err
	}
	if err := p.readHeader(); err != nil {
		return nil, err
	}
	return p, nil
}

// all reads the rest of the trace. It returns what it read along with an
// error.
func (p *parser) all() (*Trace, error) {
	t := &Trace{Name: p.file, Header: p.header}
	for {
		e, err := p.next()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		t.Events = append(t.Events, e)
	}
}

func (p *parser) readHeader() error {
	h := &p.header
	return p.record(headerMembers, func(name string) (err error) {
		switch name {
		case "lockstep":
			err = p.version()
		case "spec":
			h.Spec, err = p.name("the name of a spec")
		case "scenario":
			h.Scenario, err = p.text("the name of a scenario")
		case "seed":
			h.Seed, err = p.int()
		case "constants":
			h.Constants, err = p.fields(2)
		case "process":
			h.Process, err = p.process()
		}
		return err
	})
}

// next reads one step. It returns io.EOF after the trailer.
func (p *parser) next() (Event, error) {
	if err := p.nextLine(); err != nil {
		return Event{}, err
	}
	e := Event{Line: p.line}
	want, trailer := stepMembers, p.begins("end")
	if trailer {
		want = trailerMembers
	} else if p.header.Process != nil {
		want = stampedMembers
	}
	err := p.record(want, func(name string) (err error) {
		switch name {
		case "step":
			e.Step, err = p.name("the name of a step")
		case "args":
			e.Args, err = p.fields(2)
		case "state":
			e.State, err = p.fields(2)
		case "end":
			err = p.count()
		case "stamp":
			e.Stamp, err = p.time()
		case "heard":
			e.Heard, err = p.heard()
		case "note":
			e.Note, err = p.note()
		}
		return err
	})
	switch {
	case err != nil:
		return Event{}, err
	case trailer:
		return Event{}, p.endOfFile()
	}
	if p.header.Process != nil {
		if wrong := checkStamp(p.stamp, &e); wrong != "" {
			return Event{}, &SyntaxError{File: p.file, Line: p.line, Msg: wrong, err: ErrCausality}
		}
		p.stamp = e.Stamp
	}
	p.steps++
	return e, nil
}

// nextLine reads a line into p.data.
func (p *parser) nextLine() error {
	p.line++
	p.pos, p.data, p.long = 0, nil, p.long[:0]
	for {
		part, err := p.in.ReadSlice('\n')
		switch {
		case len(p.long)+len(part) > MaxLine+1:
			return p.errorf(MaxLine, "expected a line of at most %d bytes, found a longer one", MaxLine)
		case err == nil && len(p.long) == 0:
			p.data = part
		case err == nil || err == bufio.ErrBufferFull || err == io.EOF:
			p.long = append(p.long, part...)
			p.data = p.long
		}
		switch {
		case err == nil:
			p.end += int64(len(p.data))
			p.data = p.data[:len(p.data)-1]
			return nil
		case err == io.EOF:
			return p.unfinished()
		case !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("trace: reading line %d of %s: %w", p.line, p.file, err)
		}
	}
}

// unfinished says what is missing at the end of the file.
func (p *parser) unfinished() error {
	msg := "expected the end of the line, found the end of the file: the line is cut"
	switch {
	case len(p.data) > 0:
	case p.line == 1:
		msg = `expected the header, a line such as {"lockstep":1,"spec":"S","scenario":"","seed":0,"constants":{}}, found the end of the file`
	default:
		msg = fmt.Sprintf(`expected a step or the trailer {"end":%d}, found the end of the file`, p.steps)
	}
	return &SyntaxError{File: p.file, Line: p.line, Column: len(p.data) + 1, Msg: msg, err: ErrUnfinished}
}

// begins reports whether the line begins with the given key. It does not move.
func (p *parser) begins(key string) bool {
	start := p.pos
	defer func() { p.pos = start }()
	if p.expect('{') != nil || p.peek() != '"' {
		return false
	}
	return bytes.HasPrefix(p.data[p.pos+1:], []byte(key+`"`))
}

// record reads a line that is an object with these members. It calls value for
// each, to read the member's value.
func (p *parser) record(want members, value func(name string) error) error {
	if p.begins("failed") {
		return p.failed()
	}
	if err := p.members(1, want, value); err != nil {
		return err
	}
	if p.peek(); p.pos < len(p.data) {
		return p.expected("the end of the line")
	}
	return nil
}

// members reads an object with these members.
func (p *parser) members(depth int, want members, value func(name string) error) error {
	var seen int
	err := p.object(depth, func(key string, at int) error {
		i := slices.Index(want.must, key)
		if i < 0 {
			if i = slices.Index(want.may, key); i >= 0 {
				i += len(want.must)
			}
		}
		switch {
		case i < 0:
			return p.errorf(at, "expected the member %s, found %q", anyOf(slices.Concat(want.must, want.may)), clip(key))
		case seen&(1<<i) != 0:
			return p.errorf(at, "expected the member %q once, found it again", key)
		}
		seen |= 1 << i
		return value(key)
	})
	if err != nil {
		return err
	}
	for i, name := range want.must {
		if seen&(1<<i) == 0 {
			p.pos--
			return p.expected(fmt.Sprintf("the member %q", name))
		}
	}
	return nil
}

// process reads what the header says of the process.
func (p *parser) process() (*Process, error) {
	p.peek()
	start := p.pos
	var who Process
	err := p.members(2, processMembers, func(name string) (err error) {
		switch name {
		case "name":
			who.Name, err = p.text("the name of a process")
		case "run":
			who.Run, err = p.text("the name of a run")
		case "all":
			err = p.elements(func() error {
				name, err := p.text("the name of a process")
				who.All = append(who.All, name)
				return err
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if wrong := who.check(); wrong != "" {
		return nil, p.errorf(start, "expected that %s", wrong)
	}
	return &who, nil
}

// heard reads the stamps of the messages that a step follows from.
func (p *parser) heard() ([]Stamp, error) {
	var list []Stamp
	err := p.elements(func() error {
		var m Stamp
		err := p.members(3, heardMembers, func(name string) (err error) {
			switch name {
			case "process":
				m.Process, err = p.name("the name of a process")
			case "stamp":
				m.Time, err = p.time()
			}
			return err
		})
		list = append(list, m)
		return err
	})
	return list, err
}

// time reads the time of a stamp.
func (p *parser) time() (uint64, error) {
	p.peek()
	start := p.pos
	n, err := p.int()
	if err == nil && n < 1 {
		err = p.errorf(start, "expected a stamp, which is 1 or more, found %d", n)
	}
	return uint64(n), err
}

// elements reads an array that is not empty; element reads each.
func (p *parser) elements(element func() error) error {
	if p.peek() != '[' {
		return p.expected("an array")
	}
	for {
		p.pos++ // the bracket or a comma
		if err := element(); err != nil {
			return err
		}
		switch p.peek() {
		case ',':
		case ']':
			p.pos++
			return nil
		default:
			return p.expected("',' or ']'")
		}
	}
}

// failed reads the line that a recorder leaves behind when it gives up.
func (p *parser) failed() error {
	reason := "for an unknown reason"
	_ = p.object(1, func(string, int) error {
		text, err := p.text("a reason")
		if err == nil {
			reason = text
		}
		return err
	})
	return p.errorf(0, "expected a step or the trailer, found that the recorder failed: %s", reason)
}

// text reads a string.
func (p *parser) text(what string) (string, error) {
	if p.peek() != '"' {
		return "", p.expected(what + " in quotes")
	}
	v, err := p.string()
	if err != nil {
		return "", err
	}
	return v.(string), nil
}

// name reads a string that is not empty.
func (p *parser) name(what string) (string, error) {
	p.peek()
	start := p.pos
	name, err := p.text(what)
	if err == nil && name == "" {
		err = p.errorf(start, "expected %s, found an empty string", what)
	}
	return name, err
}

// version reads the version of the format.
func (p *parser) version() error {
	p.peek()
	start := p.pos
	n, err := p.int()
	if err == nil && n != version {
		err = p.errorf(start, "expected version %d of the format, found %d", version, n)
	}
	return err
}

// count reads the number of steps in the trailer.
func (p *parser) count() error {
	p.peek()
	start := p.pos
	n, err := p.int()
	if err == nil && n != int64(p.steps) {
		err = p.errorf(start, "expected %d, the number of steps before the trailer, found %d", p.steps, n)
	}
	return err
}

// endOfFile returns io.EOF if nothing follows the trailer.
func (p *parser) endOfFile() error {
	_, err := p.in.Peek(1)
	if err == nil {
		return &SyntaxError{File: p.file, Line: p.line + 1, Column: 1, Msg: "expected the end of the file after the trailer, found more"}
	}
	if err != io.EOF {
		return fmt.Errorf("trace: reading behind the trailer of %s: %w", p.file, err)
	}
	return io.EOF
}

// anyOf lists names for a message.
func anyOf(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}
