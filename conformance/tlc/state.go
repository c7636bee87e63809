package tlc

import (
	"regexp"
	"strconv"
	"strings"
)

// State is one state of a behaviour that TLC shows.
type State struct {
	Number int    // from 1
	Action string // what led here; "" for the first state
	Place  *Place // where that action is defined; nil for the first state
	// Vars holds the variables. A value that cannot be read is left out; Text
	// has it.
	Vars map[string]Value
	Text string // the state as TLC writes it
}

var (
	// 2: <Step line 6, col 12 to line 6, col 262 of module A>
	// 1: <Initial predicate>
	stateHead = regexp.MustCompile(`^(\d+): <(.*)>$`)
	// 5: Stuttering
	stutterHead = regexp.MustCompile(`^\d+: Stuttering$`)
	// 1: Back to state: <Step line 6, col 12 to line 6, col 262 of module A>
	backHead = regexp.MustCompile(`^(\d+): Back to state:?(?: <(.*)>)?$`)
	// Step line 6, col 12 to line 6, col 262 of module A
	actionText = regexp.MustCompile(`^(.*?) ?line (\d+), col (\d+) to line \d+, col \d+ of module (\w+)$`)

	variable = regexp.MustCompile(`^(?:/\\ )?(\w+) = `)
)

// parseState reads the text of one state with its head.
func parseState(text string) (State, bool) {
	head, body, _ := strings.Cut(text, "\n")
	m := stateHead.FindStringSubmatch(head)
	if m == nil {
		return State{}, false
	}
	s := State{Text: strings.TrimRight(body, "\n"), Vars: parseVars(body)}
	s.Number, _ = strconv.Atoi(m[1])
	s.Action, s.Place = parseAction(m[2])
	return s, true
}

// parseAction splits an action into its name and its place. An action that
// has no name of its own goes by its place; "Initial predicate" is none.
func parseAction(text string) (string, *Place) {
	m := actionText.FindStringSubmatch(text)
	if m == nil {
		if text == "Initial predicate" {
			return "", nil
		}
		return text, nil
	}
	place := &Place{Module: m[4]}
	place.Line, _ = strconv.Atoi(m[2])
	place.Column, _ = strconv.Atoi(m[3])
	if m[1] == "" || m[1] == "Action" {
		return text, place
	}
	return m[1], place
}

// parseVars reads the conjuncts of a state. Each begins on a line of its own;
// a value that TLC has wrapped goes on in lines that are indented.
func parseVars(body string) map[string]Value {
	vars := map[string]Value{}
	name := ""
	var value []string
	flush := func() {
		if name == "" {
			return
		}
		if v, err := ParseValue(strings.Join(value, "\n")); err == nil {
			vars[name] = v
		}
	}
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		if m := variable.FindStringSubmatch(line); m != nil {
			flush()
			name, value = m[1], []string{line[len(m[0]):]}
			continue
		}
		value = append(value, line)
	}
	flush()
	return vars
}

// parseLoop reads the message that ends an endless behaviour after last.
func parseLoop(text string, last int) (*Loop, bool) {
	head := firstLine(text)
	if stutterHead.MatchString(head) {
		return &Loop{Back: last}, true
	}
	m := backHead.FindStringSubmatch(head)
	if m == nil {
		return nil, false
	}
	l := &Loop{}
	l.Back, _ = strconv.Atoi(m[1])
	if l.Action, _ = parseAction(m[2]); l.Action == "" {
		l.Action = "unknown"
	}
	return l, true
}

var (
	rangePlace = regexp.MustCompile(`line (\d+), col (\d+) to line \d+, col \d+ of module (\w+)`)
	nestPlace  = regexp.MustCompile(`Line (\d+), column (\d+) to line \d+, column \d+ in (\w+)`)
	pointPlace = regexp.MustCompile(`at line (\d+), col(?:umn)? (\d+)`)
	inModule   = regexp.MustCompile(`(?:in file|[Ii]n module|from file) (\w+)`)
	cfgPlace   = regexp.MustCompile(`configuration file at line (\d+)`)
)

// findPlace looks for the place of an error in TLC's text. Of nested
// expressions, the last is the innermost.
func findPlace(text, config string) *Place {
	if m := cfgPlace.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		return &Place{Module: config, Line: line}
	}
	if all := nestPlace.FindAllStringSubmatch(text, -1); all != nil {
		return placeOf(all[len(all)-1])
	}
	if m := rangePlace.FindStringSubmatch(text); m != nil {
		return placeOf(m)
	}
	module := inModule.FindStringSubmatch(text)
	if m := pointPlace.FindStringSubmatch(text); m != nil {
		if module == nil {
			module = []string{"", ""}
		}
		return placeOf([]string{"", m[1], m[2], module[1]})
	}
	if module != nil {
		return &Place{Module: module[1]}
	}
	return nil
}

func placeOf(m []string) *Place {
	p := &Place{Module: m[3]}
	p.Line, _ = strconv.Atoi(m[1])
	p.Column, _ = strconv.Atoi(m[2])
	return p
}
