package registertest

import (
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// TestModel has a read during a write, which may return either value, and one after it.
func TestModel(t *testing.T) {
	history := func(during, after string) []porcupine.Operation {
		return []porcupine.Operation{
			{ClientId: 0, Input: "a", Call: 1, Output: nil, Return: 4},
			{ClientId: 1, Input: nil, Call: 2, Output: during, Return: 3},
			{ClientId: 1, Input: nil, Call: 5, Output: after, Return: 6},
		}
	}
	require.True(t, porcupine.CheckOperations(Model, history("", "a")))
	require.True(t, porcupine.CheckOperations(Model, history("a", "a")))
	require.False(t, porcupine.CheckOperations(Model, history("a", "")))
	require.False(t, porcupine.CheckOperations(Model, history("b", "a")))
}
