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

// TestHistoriesAreJudgedByRegister lets a read begin before a write has returned, or after it.
func TestHistoriesAreJudgedByRegister(t *testing.T) {
	for _, late := range []bool{false, true} {
		var h Histories
		write := h.Call(0, "a")
		read := h.Call(1, nil)
		h.Return("x", write, nil)
		if late {
			read = h.Call(1, nil)
		}
		h.Return("y", h.Call(2, nil), "")
		require.NoError(t, h.Judge())
		h.Return("x", read, "")
		if late {
			require.ErrorIs(t, h.Judge(), ErrNotLinearizable)
		} else {
			require.NoError(t, h.Judge())
		}
	}
}
