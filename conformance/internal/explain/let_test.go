package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
)

// TestExplainOpensADefinitionInALet, with the names that are bound around it, within it, and
// again where it is applied.
func TestExplainOpensADefinitionInALet(t *testing.T) {
	put, second, third := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Put", "y", 3, "y")
	const summary = "Fits: Len(buffer) + n <= Capacity is FALSE: Len(buffer) = 2, n = 1, Len(buffer) + n = 3, Capacity = 2"
	for action, around := range map[string][2]string{
		"  LET Fits(n) == Len(buffer) + n <= Capacity\n  IN  Fits(1) /\\ buffer' = Append(buffer, item)": {},
		// An action, which applies the other definition.
		"  LET Fits(n) == Len(buffer) + n <= Capacity\n      Adds(what) == Fits(1) /\\ buffer' = Append(buffer, what)\n  IN  Adds(item)": {"Adds > "},
		// Around it a quantifier, and another behind it.
		"  \\E k \\in {1} :\n    LET Fits(n) == Len(buffer) + n <= Capacity\n        Adds(n) == k = n /\\ Fits(k) /\\ buffer' = Append(buffer, item)\n    IN  \\E m \\in {1} : Adds(m)": {"Adds > ", " (k = 1) (m = 1)"},
		// A LET in a LET.
		"  LET One == 1\n      Adds(what) ==\n        LET Fits(n) == Len(buffer) + n <= Capacity\n        IN  Fits(One) /\\ buffer' = Append(buffer, what)\n  IN  Adds(item)": {"Adds > "},
		// Two in one line, with the same name in both.
		"  LET Fits(n) == Len(buffer) + n <= Capacity IN \\E n \\in {1} : LET Two == 2 IN Fits(n) /\\ Two = 2 /\\ buffer' = Append(buffer, item)": {"", " (n = 1)"},
	} {
		s := checktest.ChangedBuffer(t, map[string]string{
			"Put(item) == HasRoom /\\ buffer' = Append(buffer, item)": "Put(item) ==\n" + action,
		})
		x := explained(t, s, checktest.BufferTrace("full", put, second, third))
		require.Equal(t, around[0]+summary+around[1], x.Summary, "%s\n%s", action, x)
		require.Empty(t, x.Notes)
	}
}
