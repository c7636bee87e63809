package report

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAKeptCoverageMissesTheSame: a branch within a missed branch is not listed,
// neither before nor after the result was kept as JSON.
func TestAKeptCoverageMissesTheSame(t *testing.T) {
	branch := func(name string, line, column, endColumn int) Exercised {
		return Exercised{Name: name, Kind: "THEN", In: "A", Place: Place{File: "X.tla", Line: line},
			From: line, Column: column, End: Place{File: "X.tla", Line: line}, EndColumn: endColumn}
	}
	c := &Coverage{Branches: []Exercised{branch("outer", 3, 5, 40), branch("inner", 3, 10, 20), branch("other", 4, 10, 20)}}
	names := func(c *Coverage) (all []string) {
		for _, e := range c.Missed() {
			all = append(all, e.Name)
		}
		return all
	}
	require.Equal(t, []string{"outer", "other"}, names(c))
	text, err := json.Marshal(c)
	require.NoError(t, err)
	var kept Coverage
	require.NoError(t, json.Unmarshal(text, &kept))
	require.Equal(t, []string{"outer", "other"}, names(&kept))
}
