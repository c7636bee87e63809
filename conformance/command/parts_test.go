package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
)

// TestPatternIsCheckedWithItsParts has a part that can be checked alone, and has no page.
func TestPatternIsCheckedWithItsParts(t *testing.T) {
	p := &Program{Patterns: []*conformance.Pattern{{Name: "a"}, {Name: "b"}, {Name: "part", PartOf: "a"}}}
	for _, c := range []struct{ names, want []string }{
		{nil, []string{"a", "b", "part"}},
		{[]string{"a"}, []string{"a", "part"}},
		{[]string{"part", "b", "a"}, []string{"part", "b", "a"}},
		{[]string{"b"}, []string{"b"}},
	} {
		found, err := p.named(c.names)
		require.NoError(t, err)
		require.Equal(t, c.want, names(found))
	}
	_, err := p.named([]string{"a", "c"})
	require.ErrorContains(t, err, `no pattern "c"`)
	require.Equal(t, []string{"a", "b"}, names(p.parts("")))
}

func names(patterns []*conformance.Pattern) (all []string) {
	for _, p := range patterns {
		all = append(all, p.Name)
	}
	return all
}
