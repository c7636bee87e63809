package crossref

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
)

// Overview draws in Mermaid which pattern's code imports which other's, and with dotted
// arrows which others its runs alone import.
func Overview(ctx context.Context, patterns []Sources) (string, error) {
	modules := map[string]string{} // by package
	for _, p := range patterns {
		modules[p.Code.Package] = p.Spec.Name
	}
	var nodes, edges strings.Builder
	for _, p := range patterns {
		fmt.Fprintf(&nodes, "  %s\n", modules[p.Code.Package])
		drawn := []string{p.Code.Package}
		for _, from := range []struct{ path, arrow string }{{p.Code.Package, "-->"}, {p.Drivers, "-.->"}} {
			if from.path == "" {
				continue
			}
			imports, err := importsOf(ctx, from.path)
			if err != nil {
				return "", fmt.Errorf("%s: %w", p.Code.Name, err)
			}
			for _, other := range imports {
				if on, ok := modules[other]; ok && !slices.Contains(drawn, other) {
					fmt.Fprintf(&edges, "  %s %s %s\n", modules[p.Code.Package], from.arrow, on)
					drawn = append(drawn, other)
				}
			}
		}
	}
	return "```mermaid\nflowchart TD\n" + nodes.String() + edges.String() + "```\n", nil
}

// importsOf lists the imports of a package, without its tests.
func importsOf(ctx context.Context, path string) ([]string, error) {
	dir, err := rules.PackageDir(ctx, path)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, i := range parsed.Imports {
			if name, err := strconv.Unquote(i.Path.Value); err == nil {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
