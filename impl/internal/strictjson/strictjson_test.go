package strictjson

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnmarshalTakesOneValueAndNothingElse(t *testing.T) {
	type pair struct{ A, B int }
	var p pair
	require.NoError(t, Unmarshal([]byte(" {\"A\": 1, \"B\": 2}\n"), &p))
	require.Equal(t, pair{1, 2}, p)
	for _, text := range []string{"", "{", `{"A": "1"}`, `{"A": 1, "C": 2}`, `{"A": 1} {}`, `{"A": 1} x`, `{"A": 1}}`, "{\"A\": 1}\x00"} {
		require.Error(t, Unmarshal([]byte(text), &p), "%q", text)
	}
}
