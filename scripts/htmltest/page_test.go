// Package htmltest opens the page of `check -html` in a browser. It is a module of
// its own, so that users of the checker do not get a browser driver.
package htmltest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	_ "github.com/lockstep-tla/lockstep/conformance/command" // the program that is built with broken rules imports it
	"github.com/lockstep-tla/lockstep/conformance/htmlreport"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// written is the page about the buffer, whose traces leave out nothing and of
// which one rule is broken.
func written(t *testing.T) string {
	t.Helper()
	found, err := tlc.Setup(t.Context(), t.Output())
	require.NoError(t, err)
	c := &conformance.Checker{TLC: found, Parallel: 2}
	patterns := []*conformance.Pattern{&buffer.Pattern}
	b := conformance.NewBreaker("github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", patterns...)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	r, err := c.Check(t.Context(), patterns[0], b)
	require.NoError(t, err)
	r.Problems = append(r.Problems, "<script>alert(1)</script>")
	missed := r.Replay.Coverage.Definitions[0]
	missed.Name, missed.Kind, missed.In, missed.Done = "Len(buffer) > 0", "THEN", "Get", false
	missed.Place.File, missed.Place.Line, missed.From, missed.Column = "Buffer.tla", 20, 20, 14
	missed.End, missed.EndColumn = missed.Place, 28
	r.Replay.Coverage.Branches = append(r.Replay.Coverage.Branches, missed)
	dir := filepath.Join(t.TempDir(), "report")
	require.NoError(t, htmlreport.Write(t.Context(), c, patterns, []*conformance.Report{r}, fstest.MapFS{
		"buffer.md": {Data: []byte("## The rules\n\n**`HasRoom`: a put needs room, `Len(buffer) < 2`.**\n")},
	}, dir))
	return filepath.Join(dir, htmlreport.Name)
}

// browser starts a headless browser. A test that needs one is left out only on
// request, with -short; scripts/test installs what is missing.
func browser(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		t.Fatal("there is no chromium; ./scripts/test installs it")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestPageInABrowser opens the page from its file: it asks for nothing else,
// nothing is wider than a narrow screen or runs out of its box, it is dark where
// that is wanted, and the keyboard opens what is closed.
func TestPageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Java and a browser")
	}
	page := written(t)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.NotContains(t, string(text), "<script")
	require.NotContains(t, string(text), "ZgotmplZ", "a text that the template does not trust")

	ctx := browser(t)
	var asked []string
	chromedp.ListenTarget(ctx, func(event any) {
		if request, ok := event.(*network.EventRequestWillBeSent); ok {
			asked = append(asked, request.Request.URL)
		}
	})
	var title, light, dark, focus string
	var wide, open, listFirst bool
	var outside, missed []string
	var pictures int
	require.NoError(t, chromedp.Run(ctx,
		network.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}),
		chromedp.EmulateViewport(360, 700),
		chromedp.Navigate("file://"+page),
		chromedp.Title(&title),
		chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &light),
		chromedp.KeyEvent(kb.Tab),
		chromedp.Evaluate(`document.activeElement.className`, &focus),
		chromedp.Evaluate(`[...document.querySelectorAll('.n[title]')].map(e => e.textContent)`, &missed),
		chromedp.Focus(`#buffer-rule-HasRoom summary`),
		chromedp.KeyEvent(kb.Enter),
		chromedp.Evaluate(`document.getElementById('buffer-rule-HasRoom').open`, &open),
		chromedp.Evaluate(`document.documentElement.scrollWidth > document.documentElement.clientWidth`, &wide),
		chromedp.Evaluate(`document.querySelectorAll('.picture svg').length`, &pictures),
		chromedp.Evaluate(`[...document.querySelectorAll('.story')].every(s =>
			s.querySelector('.steps').getBoundingClientRect().bottom <= s.querySelector('.picture').getBoundingClientRect().top)`, &listFirst),
		chromedp.Evaluate(`[...document.querySelectorAll('.step')].flatMap(g => {
			const box = g.querySelector('.box').getBBox();
			return [...g.querySelectorAll('text')].filter(t => {
				const b = t.getBBox();
				return b.width == 0 || b.x + b.width > box.x + box.width || b.y < box.y || b.y + b.height > box.y + box.height;
			}).map(t => t.textContent);
		})`, &outside),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
		chromedp.Evaluate(`getComputedStyle(document.querySelector('.lockstep-diagram')).backgroundColor + getComputedStyle(document.body).backgroundColor`, &dark),
	))
	require.Equal(t, "Lockstep: spec and code", title)
	require.Equal(t, []string{"file://" + page}, asked)
	require.Equal(t, "rgb(255, 255, 255)", light)
	require.Equal(t, "rgb(13, 17, 23)rgb(13, 17, 23)", dark)
	require.Equal(t, "skip", focus, "what the keyboard reaches first")
	require.True(t, open, "the keyboard opens a rule")
	require.False(t, wide, "the page is wider than the screen")
	require.True(t, listFirst, "a narrow screen has the list above the picture")
	require.Equal(t, 2, pictures, "the counterexample and the refused trace")
	require.Empty(t, outside, "text that runs out of its box: %s", strings.Join(outside, "; "))
	require.Equal(t, []string{"Len(buffer) > 0"}, missed)
}

// TestFromThePictureToTheCode follows the links with a mouse at 1280 x 720: the refused step is
// on the screen with its picture, its box leads to the list, its name to the mapping, and from
// there to the lines of the spec and of the code, which the browser opens.
func TestFromThePictureToTheCode(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Java and a browser")
	}
	page := written(t)
	ctx := browser(t)
	const target = `(() => {
		const e = document.querySelector(':target'), b = e.getBoundingClientRect();
		return (b.height > 0 && b.top >= 0 && b.bottom <= innerHeight ? '' : 'not on the screen: ') + e.textContent;
	})()`
	var sentence, entry, row, spec, code string
	var outside []string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(1280, 720),
		chromedp.Navigate("file://"+page),
		chromedp.Click(`#buffer-rule-HasRoom summary`),
		chromedp.Text(`#buffer-rule-HasRoom p`, &sentence),
		chromedp.Evaluate(`[...document.querySelectorAll('.picture')].flatMap(p => {
			p.scrollIntoView();
			const b = p.querySelector('.bad .box').getBoundingClientRect(), in_ = p.getBoundingClientRect();
			return b.top >= 0 && b.bottom <= innerHeight && b.left >= in_.left && b.right <= in_.right ? [] : [p.getAttribute('aria-label')];
		})`, &outside),
		chromedp.Click(`.story:last-of-type .picture .bad .box`),
		chromedp.Evaluate(target, &entry),
		chromedp.Click(`.story:last-of-type .picture .bad .name`),
		chromedp.Evaluate(target, &row),
		chromedp.Click(`tr:target td:nth-of-type(1) a`),
		chromedp.Evaluate(target, &spec),
		chromedp.Click(`#buffer-map-step-Put td:nth-of-type(2) a`),
		chromedp.Evaluate(target, &code),
	))
	require.Equal(t, "The rule: a put needs room, Len(buffer) < 2. In the spec and in the code", sentence)
	require.Empty(t, outside, "the refused step is not on the screen with its picture")
	require.Regexp(t, `^buffer: Put\(.*\(why\)$`, entry)
	require.Regexp(t, `^Put\s*Put\(i\) Buffer.tla:\d+\s*Buffer.Put buffer.go:\d+`, row)
	require.Regexp(t, `^Put\(item\) ==`, spec)
	require.Equal(t, "func (b *Buffer) Put(item string) bool {", code)
}
