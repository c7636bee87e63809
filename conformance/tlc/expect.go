package tlc

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Expect is what TLC must say of a model. It stands on the first line of the
// configuration, in one of these forms:
//
//	\* expect: ok, 288 distinct states, depth 11
//	\* expect: violates AckedIsDurable
//	\* expect: deadlock
//
// Behind "violates" a second line may name the consequence, a property of what a client
// sees. It falls too, mostly later:
//
//	\* consequence: INVARIANT AckedCanBeRead
//
// Behind "ok" further lines may name what the model must come to: definitions that are
// true of some state or step. They show that the properties are not true for want of
// something to happen.
//
//	\* reaches: IsFull CrashLosesAnEntry
type Expect struct {
	// Violates is the name of an invariant or property; "" if the model is to
	// be right, or is to end in a deadlock.
	Violates string
	Deadlock bool
	// Consequence is "" if the model names none; Keyword is INVARIANT or PROPERTY.
	Consequence, Keyword string
	// Distinct and Depth are those of a model that is right; 0 if the file
	// leaves them open.
	Distinct, Depth int
	// Reaches are the names behind "reaches".
	Reaches []string
}

const (
	expectMark      = `\* expect: `
	consequenceMark = `\* consequence: `
	reachesMark     = `\* reaches: `
)

var (
	expectOK       = regexp.MustCompile(`^ok(?:, ([1-9]\d*) distinct states?)?(?:, depth ([1-9]\d*))?$`)
	expectViolates = regexp.MustCompile(`^violates (\w+)$`)
	consequence    = regexp.MustCompile(`^(INVARIANT|PROPERTY) (\w+)$`)
	strayMark      = regexp.MustCompile(`(?i)^\s*\\\*\s*(consequences?|reach(?:es)?)\b\s*:`)
	name           = regexp.MustCompile(`^\w+$`)
)

func (e *Expect) String() string {
	switch {
	case e.Violates != "":
		return "violates " + e.Violates
	case e.Deadlock:
		return "deadlock"
	}
	s := "ok"
	if e.Distinct > 0 {
		s += fmt.Sprintf(", %d distinct states", e.Distinct)
	}
	if e.Depth > 0 {
		s += fmt.Sprintf(", depth %d", e.Depth)
	}
	return s
}

// Check compares a result with what is expected; nil means that they agree.
func (e *Expect) Check(r *Result) error {
	ok := false
	switch {
	case e.Violates != "":
		ok = r.Violated == e.Violates && (r.Outcome == InvariantViolated || r.Outcome == PropertyViolated)
	case e.Deadlock:
		ok = r.Outcome == Deadlock
	default:
		ok = r.Outcome == OK && (e.Distinct == 0 || e.Distinct == r.Distinct) && (e.Depth == 0 || e.Depth == r.Depth)
	}
	if !ok {
		return fmt.Errorf("expected %s, but TLC says %s", e, r)
	}
	if len(r.Missed) > 0 {
		return fmt.Errorf("the model never comes to %s", strings.Join(r.Missed, ", "))
	}
	return nil
}

// findExpect reads the expectation from the first line.
func findExpect(text string) (*Expect, error) {
	line, _, _ := strings.Cut(text, "\n")
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, strings.TrimSpace(expectMark)) {
		return nil, findStray(text, 0)
	}
	said := strings.TrimSpace(line[len(expectMark)-1:])
	if m := expectOK.FindStringSubmatch(said); m != nil {
		e := &Expect{}
		e.Distinct, _ = strconv.Atoi(m[1])
		e.Depth, _ = strconv.Atoi(m[2])
		return e, e.findReaches(text)
	}
	if m := expectViolates.FindStringSubmatch(said); m != nil {
		e := &Expect{Violates: m[1]}
		return e, e.findConsequence(text)
	}
	if said == "deadlock" {
		return &Expect{Deadlock: true}, findStray(text, 0)
	}
	return nil, &ConfigError{Line: 1, Column: 1, Msg: fmt.Sprintf(
		`expected "ok, N distinct states, depth D", "violates NAME" or "deadlock" after %q, found %q`, strings.TrimSpace(expectMark), said)}
}

// findConsequence reads the consequence from the second line.
func (e *Expect) findConsequence(text string) error {
	lines := strings.SplitN(text, "\n", 3)
	if len(lines) < 2 || !strings.HasPrefix(lines[1], strings.TrimSpace(consequenceMark)) {
		return findStray(text, 0)
	}
	said := strings.TrimSpace(lines[1][len(consequenceMark)-1:])
	m := consequence.FindStringSubmatch(said)
	if m == nil {
		return &ConfigError{Line: 2, Column: 1, Msg: fmt.Sprintf(`expected "INVARIANT NAME" or "PROPERTY NAME" after %q, found %q`, strings.TrimSpace(consequenceMark), said)}
	}
	e.Keyword, e.Consequence = m[1], m[2]
	return findStray(text, 2)
}

// findReaches reads the goals from the second line on.
func (e *Expect) findReaches(text string) error {
	lines := strings.Split(text, "\n")
	for at := 1; at < len(lines); at++ {
		said, ok := strings.CutPrefix(lines[at], strings.TrimSpace(reachesMark))
		if !ok {
			return findStray(text, at)
		}
		names := strings.Fields(said)
		for _, n := range names {
			if !name.MatchString(n) || slices.Contains(e.Reaches, n) {
				return &ConfigError{Line: at + 1, Column: 1, Msg: fmt.Sprintf("expected names after %q, each once, found %q", strings.TrimSpace(reachesMark), n)}
			}
			e.Reaches = append(e.Reaches, n)
		}
		if len(names) == 0 {
			return &ConfigError{Line: at + 1, Column: 1, Msg: fmt.Sprintf("expected names after %q", strings.TrimSpace(reachesMark))}
		}
	}
	return nil
}

// findStray refuses a consequence or goals that would be overlooked: those that are
// written otherwise, or stand elsewhere than below the expectation. The first lines,
// as many as read, have been read.
func findStray(text string, read int) error {
	for i, line := range strings.Split(text, "\n") {
		m := strayMark.FindStringSubmatch(line)
		if m == nil || i < read {
			continue
		}
		if strings.HasPrefix(strings.ToLower(m[1]), "reach") {
			return &ConfigError{Line: i + 1, Column: 1, Msg: fmt.Sprintf(
				"what a model reaches stands from line 2 on, below \"%sok\", as %q and names", expectMark, reachesMark)}
		}
		return &ConfigError{Line: i + 1, Column: 1, Msg: fmt.Sprintf(
			"a consequence stands on line 2, once, below \"%sviolates NAME\", as %qINVARIANT NAME or PROPERTY NAME", expectMark, consequenceMark)}
	}
	return nil
}
