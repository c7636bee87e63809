// Package htmlreport writes what a check found out as one page of HTML, which
// needs nothing else: no network, no script, no other file.
package htmlreport
