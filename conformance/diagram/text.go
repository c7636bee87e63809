package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// text is a value as TLA+ has it.
func text(v trace.Value) string {
	s, err := tlc.FormatValue(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return s
}

// plain is a name without its quotes.
func plain(v trace.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case tlc.Model:
		return string(v)
	}
	return text(v)
}

// argsText is the arguments as one would write them, except those in without.
func argsText(args map[string]trace.Value, without []string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if name != "node" && !slices.Contains(without, name) {
			parts = append(parts, name+" = "+text(args[name]))
		}
	}
	return strings.Join(parts, ", ")
}

// changes lists what is different in a view. What is a record before and after
// is compared part by part.
func changes(before, after map[string]trace.Value) []Change {
	if after == nil {
		return nil
	}
	return changesIn("", before, after)
}

func changesIn(prefix string, before, after map[string]trace.Value) []Change {
	var list []Change
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := before[name]
		is, has := after[name]
		wasPart, ok1 := was.(map[string]trace.Value)
		isPart, ok2 := is.(map[string]trace.Value)
		switch {
		case !has:
			list = append(list, Change{Field: prefix + name})
		case had && text(was) == text(is):
		case ok1 && ok2 && len(wasPart) > 0 && len(isPart) > 0:
			list = append(list, changesIn(prefix+name+".", wasPart, isPart)...)
		default:
			list = append(list, Change{Field: prefix + name, Value: text(is)})
		}
	}
	return list
}

// String is the change as a line.
func (c Change) String() string {
	if c.Value == "" {
		return c.Field + " is gone"
	}
	return c.Field + " = " + c.Value
}

// Title is the step with its arguments.
func (s Step) Title() string {
	if s.Args == "" {
		return s.Name
	}
	return s.Name + "(" + s.Args + ")"
}

// shorten cuts out the middle of a text that has more characters.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	end := most / 4
	return string(r[:most-end-1]) + "…" + string(r[len(r)-end:])
}
