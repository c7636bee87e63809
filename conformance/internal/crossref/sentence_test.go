package crossref_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
)

// TestAPageSaysWhatARuleIs in a paragraph or in a table, under the heading of the rules only.
func TestAPageSaysWhatARuleIs(t *testing.T) {
	const page = "# Lock\n\n**`IsFree`: not this one.**\n\n## The rules, and what breaks without them\n\n" +
		"Without `IsOld` there is *nothing*.\n\n" +
		"**`IsFree`: only one\nholds `it`.** Without it two do.\n\n" +
		"**`IsNew` and `IsOld`: by number.** More.\n\n" +
		"| Rule | Says | Without it |\n|---|---|---|\n| `MayGrant` | a grant is durable | it is lost |\n\n" +
		"## Seen in the wild\n\n| `Later` | not this one | x |\n"
	for rule, says := range map[string]string{
		"IsFree": "only one holds `it`.", "IsNew": "by number.", "IsOld": "by number.", "MayGrant": "a grant is durable", "Later": "", "Free": "",
	} {
		require.Equal(t, says, crossref.RuleSays(page, rule), rule)
	}
	require.Empty(t, crossref.RuleSays("# Lock\n", "IsFree"))
}
