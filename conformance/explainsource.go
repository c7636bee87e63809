package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sources are modules as texts into which something can be put. In TLA+ the
// column of a word can mean something, so nothing that stands there is moved
// sideways: what is put in gets lines of its own.
type sources struct {
	files  map[string][]byte
	lines  map[string][][]rune // by module
	insert map[string][]insertion
}

// insertion is text that goes before a line and column.
type insertion struct {
	line, column int
	text         string
}

// newSources takes the modules with their tabs turned into blanks, as SANY
// counts them.
func newSources(files map[string][]byte) *sources {
	s := &sources{files: maps.Clone(files), lines: map[string][][]rune{}, insert: map[string][]insertion{}}
	for name, content := range s.files {
		module, ok := strings.CutSuffix(name, ".tla")
		if !ok {
			continue
		}
		text := strings.ReplaceAll(string(content), "\r\n", "\n")
		if strings.Contains(text, "\t") {
			text = expandTabs(text)
		}
		s.files[name] = []byte(text)
		for line := range strings.SplitSeq(text, "\n") {
			s.lines[module] = append(s.lines[module], []rune(line))
		}
	}
	return s
}

func expandTabs(text string) string {
	var b strings.Builder
	column := 0
	for _, c := range text {
		switch c {
		case '\t':
			n := 8 - column%8
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case '\n':
			b.WriteRune(c)
			column = 0
		default:
			b.WriteRune(c)
			column++
		}
	}
	return b.String()
}

// has says whether a place is one in these modules.
func (s *sources) has(at span) bool {
	lines := s.lines[at.module]
	return at.line >= 1 && at.column >= 1 && at.endLine >= at.line && at.endLine <= len(lines) &&
		at.column <= len(lines[at.line-1]) && at.endOfIt <= len(lines[at.endLine-1])
}

// block is the text at a place, in lines of its own, each word in its column.
func (s *sources) block(at span) string {
	var b strings.Builder
	for n := at.line; n <= at.endLine; n++ {
		line := s.lines[at.module][n-1]
		if n == at.endLine {
			line = line[:at.endOfIt]
		}
		if n == at.line {
			b.WriteString(strings.Repeat(" ", at.column-1))
			line = line[at.column-1:]
		}
		b.WriteString(string(line) + "\n")
	}
	return b.String()
}

// text is the text at a place in one line, without comments.
func (s *sources) text(at span) string {
	if !s.has(at) {
		return ""
	}
	return strings.Join(strings.Fields(withoutComments(s.block(at))), " ")
}

// before puts text in front of a place.
func (s *sources) before(module string, line, column int, text string) {
	s.insert[module] = append(s.insert[module], insertion{line, column, text})
}

// after puts text behind a place.
func (s *sources) after(at span, text string) {
	s.before(at.module, at.endLine, at.endOfIt+1, text)
}

// rewritten is a module with all that was put into it.
func (s *sources) rewritten(module string) []byte {
	insertions := slices.Clone(s.insert[module])
	slices.SortStableFunc(insertions, func(a, b insertion) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	var b strings.Builder
	for n, line := range s.lines[module] {
		from := 0
		for len(insertions) > 0 && insertions[0].line == n+1 {
			in := insertions[0]
			insertions = insertions[1:]
			b.WriteString(string(line[from : in.column-1]))
			b.WriteString("\n" + strings.TrimSuffix(in.text, "\n") + "\n" + strings.Repeat(" ", in.column-1))
			from = in.column - 1
		}
		b.WriteString(string(line[from:]) + "\n")
	}
	return []byte(b.String())
}

// all are the files as they are now.
func (s *sources) all() map[string][]byte {
	files := maps.Clone(s.files)
	for module := range s.insert {
		files[module+".tla"] = s.rewritten(module)
	}
	return files
}

// standsOn lists a module and those that it extends, near or far.
func (s *sources) standsOn(module string) []string {
	code := map[string]string{}
	for name, source := range s.files {
		code[strings.TrimSuffix(name, ".tla")] = withoutComments(string(source))
	}
	return extendedBy(module, code)
}

func (s span) String() string { return fmt.Sprintf("%s.tla:%d", s.module, s.line) }
