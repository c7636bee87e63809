package sany

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sources are modules as texts into which something can be put. In TLA+ the
// column of a word can mean something, so nothing that stands there is moved
// sideways: what is put in gets lines of its own.
type Sources struct {
	Files  map[string][]byte
	Lines  map[string][][]rune // by module
	Insert map[string][]insertion
}

// insertion is text that goes before a line and column.
type insertion struct {
	line, column int
	text         string
}

// NewSources takes the modules with their tabs turned into blanks, as SANY
// counts them.
func NewSources(files map[string][]byte) *Sources {
	s := &Sources{Files: maps.Clone(files), Lines: map[string][][]rune{}, Insert: map[string][]insertion{}}
	for name, content := range s.Files {
		module, ok := strings.CutSuffix(name, ".tla")
		if !ok {
			continue
		}
		text := strings.ReplaceAll(string(content), "\r\n", "\n")
		if strings.Contains(text, "\t") {
			text = expandTabs(text)
		}
		s.Files[name] = []byte(text)
		for line := range strings.SplitSeq(text, "\n") {
			s.Lines[module] = append(s.Lines[module], []rune(line))
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

// Has says whether a place is one in these modules.
func (s *Sources) Has(at Span) bool {
	lines := s.Lines[at.Module]
	return at.Line >= 1 && at.Column >= 1 && at.EndLine >= at.Line && at.EndLine <= len(lines) &&
		at.Column <= len(lines[at.Line-1]) && at.EndOfIt <= len(lines[at.EndLine-1])
}

// Block is the text at a place, in lines of its own, each word in its column.
func (s *Sources) Block(at Span) string {
	var b strings.Builder
	for n := at.Line; n <= at.EndLine; n++ {
		line := s.Lines[at.Module][n-1]
		if n == at.EndLine {
			line = line[:at.EndOfIt]
		}
		if n == at.Line {
			b.WriteString(strings.Repeat(" ", at.Column-1))
			line = line[at.Column-1:]
		}
		b.WriteString(string(line) + "\n")
	}
	return b.String()
}

// Text is the text at a place in one line, without comments.
func (s *Sources) Text(at Span) string {
	if !s.Has(at) {
		return ""
	}
	return strings.Join(strings.Fields(WithoutComments(s.Block(at))), " ")
}

// Before puts text in front of a place.
func (s *Sources) Before(module string, line, column int, text string) {
	s.Insert[module] = append(s.Insert[module], insertion{line, column, text})
}

// After puts text behind a place.
func (s *Sources) After(at Span, text string) {
	s.Before(at.Module, at.EndLine, at.EndOfIt+1, text)
}

// rewritten is a module with all that was put into it.
func (s *Sources) rewritten(module string) []byte {
	insertions := slices.Clone(s.Insert[module])
	slices.SortStableFunc(insertions, func(a, b insertion) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	var b strings.Builder
	for n, line := range s.Lines[module] {
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

// All are the files as they are now.
func (s *Sources) All() map[string][]byte {
	files := maps.Clone(s.Files)
	for module := range s.Insert {
		files[module+".tla"] = s.rewritten(module)
	}
	return files
}

// StandsOn lists a module and those that it extends, near or far.
func (s *Sources) StandsOn(module string) []string {
	code := map[string]string{}
	for name, source := range s.Files {
		code[strings.TrimSuffix(name, ".tla")] = WithoutComments(string(source))
	}
	return ExtendedBy(module, code)
}

func (s Span) String() string { return fmt.Sprintf("%s.tla:%d", s.Module, s.Line) }
