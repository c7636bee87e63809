package tla

import (
	"cmp"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// CanonicalText writes a value in the one way that does not depend on the order
// of a set's members.
func CanonicalText(v tlc.Value) (string, error) {
	v, err := canonical(v)
	if err != nil {
		return "", err
	}
	return tlc.FormatValue(v)
}

func canonical(v tlc.Value) (tlc.Value, error) {
	var failed error
	each := func(v tlc.Value) tlc.Value {
		c, err := canonical(v)
		if err != nil {
			failed = err
		}
		return c
	}
	text := func(v tlc.Value) string {
		s, err := tlc.FormatValue(v)
		if err != nil {
			failed = err
		}
		return s
	}
	switch v := v.(type) {
	case []tlc.Value:
		out := make([]tlc.Value, len(v))
		for i := range v {
			out[i] = each(v[i])
		}
		return out, failed
	case map[string]tlc.Value:
		out := make(map[string]tlc.Value, len(v))
		for k := range v {
			out[k] = each(v[k])
		}
		return out, failed
	case tlc.Set:
		out := make(tlc.Set, len(v))
		for i := range v {
			out[i] = each(v[i])
		}
		slices.SortFunc(out, func(a, b tlc.Value) int { return cmp.Compare(text(a), text(b)) })
		return out, failed
	case tlc.Func:
		out := make(tlc.Func, len(v))
		for i := range v {
			out[i] = tlc.Pair{Arg: each(v[i].Arg), Result: each(v[i].Result)}
		}
		slices.SortFunc(out, func(a, b tlc.Pair) int { return cmp.Compare(text(a.Arg), text(b.Arg)) })
		return out, failed
	}
	return v, nil
}
