package tlc

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ErrNotWritable means that a Go value has no TLA+ literal that TLC could read.
var ErrNotWritable = errors.New("not a TLA+ value")

// FormatValue writes a value as a TLA+ expression. Equal values give the same
// text: fields, members and arguments are put in order. TLC itself is not so
// strict, it prints [a |-> 1, b |-> 2] also as [b |-> 2, a |-> 1]; so what it
// prints must be parsed and formatted before it is compared as text.
//
// A function that is not a sequence, and a map whose keys cannot be names of
// fields, are written with :> and @@, which need EXTENDS TLC. An empty map
// becomes << >>, which is the function without arguments.
//
// A value that cannot be written is refused with ErrNotWritable: an integer of
// more than 32 bits, and a string with characters that TLC would not read back
// as they are.
func FormatValue(v Value) (string, error) {
	b, err := AppendValue(nil, v)
	return string(b), err
}

// AppendValue does what FormatValue does, and appends the text to b.
func AppendValue(b []byte, v Value) ([]byte, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, "TRUE"...), nil
		}
		return append(b, "FALSE"...), nil
	case int:
		if v < math.MinInt32 || v > math.MaxInt32 {
			return b, fmt.Errorf("%w: the integer %d has more than 32 bits", ErrNotWritable, v)
		}
		if v == math.MinInt32 { // 2147483648 alone would be too large
			return append(b, "(-2147483647 - 1)"...), nil
		}
		return strconv.AppendInt(b, int64(v), 10), nil
	case string:
		return appendString(b, v)
	case Model:
		if !isName(string(v)) {
			return b, fmt.Errorf("%w: %q is no name for a model value", ErrNotWritable, string(v))
		}
		return append(b, v...), nil
	case []Value:
		return appendList(b, "<<", v, ">>")
	case Set:
		return appendSet(b, v)
	case map[string]Value:
		return appendMap(b, v)
	case Func:
		return appendFunc(b, v)
	}
	return b, fmt.Errorf("%w: %T", ErrNotWritable, v)
}

// FormatConstant writes a value as a configuration file can hold it: a natural
// number, a boolean, a string, a model value, or a set of such. Others are
// refused with ErrNotWritable; they need a definition in a module.
func FormatConstant(v Value) (string, error) {
	if err := inConfig(v); err != nil {
		return "", err
	}
	return FormatValue(v)
}

func inConfig(v Value) error {
	switch v := v.(type) {
	case bool, Model:
		return nil
	case string:
		if strings.ContainsAny(v, "\"\\\n\r\t\f") { // it has no escapes
			return fmt.Errorf("%w: a configuration file cannot hold the string %q", ErrNotWritable, v)
		}
		return nil
	case int:
		if v >= 0 {
			return nil
		}
		return fmt.Errorf("%w: a configuration file cannot hold the negative number %d", ErrNotWritable, v)
	case Set:
		for _, member := range v {
			if err := inConfig(member); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%w: a configuration file cannot hold a %s", ErrNotWritable, kind(v))
}

func kind(v Value) string {
	switch v.(type) {
	case []Value:
		return "sequence"
	case map[string]Value:
		return "record"
	case Func:
		return "function"
	}
	return fmt.Sprintf("%T", v)
}

func appendList(b []byte, opening string, list []Value, closing string) ([]byte, error) {
	b = append(b, opening...)
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		var err error
		if b, err = AppendValue(b, v); err != nil {
			return b, err
		}
	}
	return append(b, closing...), nil
}

// appendSet puts the members in the order of their texts, each once.
func appendSet(b []byte, set Set) ([]byte, error) {
	members := make([]string, len(set))
	for i, v := range set {
		var err error
		if members[i], err = FormatValue(v); err != nil {
			return b, err
		}
	}
	slices.Sort(members)
	members = slices.Compact(members)
	b = append(b, '{')
	b = append(b, strings.Join(members, ", ")...)
	return append(b, '}'), nil
}

func appendMap(b []byte, m map[string]Value) ([]byte, error) {
	keys := sortedKeys(m)
	if len(keys) == 0 {
		return append(b, "<<>>"...), nil
	}
	record := !slices.ContainsFunc(keys, func(k string) bool { return !isName(k) })
	b = append(b, pick(record, "[", "(")...)
	for i, k := range keys {
		if i > 0 {
			b = append(b, pick(record, ", ", " @@ ")...)
		}
		var err error
		if record {
			b = append(b, k...)
			b = append(b, " |-> "...)
		} else {
			if b, err = appendString(b, k); err != nil {
				return b, err
			}
			b = append(b, " :> "...)
		}
		if b, err = AppendValue(b, m[k]); err != nil {
			return b, fmt.Errorf("%s: %w", k, err)
		}
	}
	return append(b, pick(record, "]", ")")...), nil
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func appendFunc(b []byte, f Func) ([]byte, error) {
	if len(f) == 0 {
		return append(b, "<<>>"...), nil
	}
	pairs := make([]string, len(f))
	for i, p := range f {
		arg, err := FormatValue(p.Arg)
		if err != nil {
			return b, err
		}
		result, err := FormatValue(p.Result)
		if err != nil {
			return b, err
		}
		pairs[i] = arg + " :> " + result
	}
	slices.Sort(pairs)
	b = append(b, '(')
	b = append(b, strings.Join(pairs, " @@ ")...)
	return append(b, ')'), nil
}

// appendString writes a string literal. TLA+ has escapes for six characters; of
// the others, printable ASCII is what every TLC reads as it is. The parser of
// the pinned one looks at the lower eight bits of a character only, and so takes
// most others for wrong; and to a backquote it listens even within a string, as
// the beginning of a comment.
func appendString(b []byte, s string) ([]byte, error) {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			if c < ' ' || c > '~' || c == '`' {
				return b, fmt.Errorf("%w: the string %q has a character that TLA+ cannot hold", ErrNotWritable, s)
			}
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}

// isName reports whether s can be the name of a field or of a model value.
func isName(s string) bool {
	if s == "" || isDigit(s[0]) || s[0] == '_' || reserved[s] || strings.HasPrefix(s, "WF_") || strings.HasPrefix(s, "SF_") {
		return false
	}
	for i := range len(s) {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return true
}

// reserved are the words of TLA+ that cannot be names.
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY
		DEF DEFINE DEFS DOMAIN ELSE ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL
		MODULE NEW OBVIOUS OMITTED ONLY OTHER PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET
		SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS`) {
		m[w] = true
	}
	return m
}()
