package sany

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sources are the texts of modules, into which text can be inserted. In TLA+
// the column of a word can carry meaning, so inserted text gets lines of its
// own and the existing words keep their columns.
type Sources struct {
	Files  map[string][]byte
	Lines  map[string][][]rune // by module
	Insert map[string][]insertion
}

// insertion is text to be inserted before a line and column.
type insertion struct {
	line, column int
	text         string
}

// NewSources copies the modules and replaces tabs by blanks, because SANY
// counts columns that way.
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

// Has reports whether a place lies in these modules.
func (s *Sources) Has(at Span) bool {
	lines := s.Lines[at.Module]
	return at.Line >= 1 && at.Column >= 1 && at.EndLine >= at.Line && at.EndLine <= len(lines) &&
		at.Column <= len(lines[at.Line-1]) && at.EndOfIt <= len(lines[at.EndLine-1])
}

// Block returns the text at a place in lines of its own, each word in its
// column.
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

// Text returns the text at a place in one line, without comments.
func (s *Sources) Text(at Span) string {
	if !s.Has(at) {
		return ""
	}
	return strings.Join(strings.Fields(WithoutComments(s.Block(at))), " ")
}

// Before inserts text in front of a place.
func (s *Sources) Before(module string, line, column int, text string) {
	s.Insert[module] = append(s.Insert[module], insertion{line, column, text})
}

// After inserts text behind a place.
func (s *Sources) After(at Span, text string) {
	s.Before(at.Module, at.EndLine, at.EndOfIt+1, text)
}

// rewritten returns a module with all insertions.
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

// All returns all files with their insertions.
func (s *Sources) All() map[string][]byte {
	files := maps.Clone(s.Files)
	for module := range s.Insert {
		files[module+".tla"] = s.rewritten(module)
	}
	return files
}

// StandsOn lists a module and all modules that it extends, directly or
// indirectly.
func (s *Sources) StandsOn(module string) []string {
	code := map[string]string{}
	for name, source := range s.Files {
		code[strings.TrimSuffix(name, ".tla")] = WithoutComments(string(source))
	}
	return ExtendedBy(module, code)
}

func (s Span) String() string { return fmt.Sprintf("%s.tla:%d", s.Module, s.Line) }
