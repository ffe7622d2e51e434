package web

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// What a report brings along of static/ and assets/, so that it needs no address: the modules that start from an entry as one
// script, the library of charts as another, the styles as one.

var (
	moduleImport  = regexp.MustCompile(`(?m)^import \{ ([\w, ]+) \} from "\./([\w.]+)";$`)
	moduleExport  = regexp.MustCompile(`(?m)^export ((?:async )?function|const) (\w+)`)
	moduleLeft    = regexp.MustCompile(`(?m)^(import|export)\b`)
	libraryExport = regexp.MustCompile(`export\{([\w$]+ as \w+(?:,[\w$]+ as \w+)*)\};?\s*$`)
)

// bundle writes a module of static/ and those that it imports as one script, each in a scope of its own, those that are needed
// first.
func (s *static) bundle(entry string) (string, error) {
	var out strings.Builder
	out.WriteString("(() => {\n\"use strict\";\nconst modules = {};\n")
	done := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		if done[name] {
			return nil
		}
		done[name] = true
		file, found := s.files[name]
		if !found {
			return fmt.Errorf("static/%s is not there", name)
		}
		source := string(file.body)
		for _, needed := range moduleImport.FindAllStringSubmatch(source, -1) {
			if err := add(needed[2]); err != nil {
				return err
			}
		}
		var names []string
		for _, export := range moduleExport.FindAllStringSubmatch(source, -1) {
			names = append(names, export[2])
		}
		source = moduleImport.ReplaceAllString(source, `const { $1 } = modules["$2"];`)
		source = moduleExport.ReplaceAllString(source, "$1 $2")
		if left := moduleLeft.FindString(source); left != "" {
			return fmt.Errorf("static/%s has an %s of a form that cannot be put into one file: see bundle", name, left)
		}
		fmt.Fprintf(&out, "modules[%q] = (() => {\n%s\nreturn { %s };\n})();\n", name, source, strings.Join(names, ", "))
		return nil
	}
	if err := add(entry); err != nil {
		return "", err
	}
	out.WriteString("})();\n")
	return out.String(), fitsScript(entry, out.String())
}

// library is the library of charts as a script that makes it a global, "" where it is not embedded.
func (s *static) library() (string, error) {
	file, found := s.files[chartLibrary]
	if !found {
		return "", nil
	}
	source := string(file.body)
	at := libraryExport.FindStringSubmatchIndex(source)
	if at == nil {
		return "", fmt.Errorf("assets/%s does not end with its exports: see library", chartLibrary)
	}
	var members []string
	for _, export := range strings.Split(source[at[2]:at[3]], ",") {
		own, name, _ := strings.Cut(export, " as ")
		members = append(members, name+":"+own)
	}
	script := "(() => {\n\"use strict\";\n" + source[:at[0]] + "globalThis.echarts={" + strings.Join(members, ",") + "};\n})();\n"
	return script, fitsScript(chartLibrary, script)
}

// fitsScript refuses a script that would end its element.
func fitsScript(name, script string) error {
	lower := strings.ToLower(script)
	if strings.Contains(lower, "</script") || strings.Contains(lower, "<!--") {
		return fmt.Errorf("%s holds </script or <!--, and can't stand within a page", name)
	}
	return nil
}

// styles are files of static/ in a row.
func (s *static) styles(names ...string) string {
	var out strings.Builder
	for _, name := range names {
		out.Write(s.files[name].body)
	}
	return out.String()
}

// asURL is a file of static/ as an address that holds it.
func (s *static) asURL(name string) string {
	file := s.files[name]
	return "data:" + file.kind + ";base64," + base64.StdEncoding.EncodeToString(file.body)
}

// policyOf lets a page run these scripts and apply these styles, and nothing else, and reach no address at all.
func policyOf(style string, scripts ...string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	allowed := ""
	for _, script := range scripts {
		if script != "" {
			allowed += " " + hash(script)
		}
	}
	return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; style-src " + hash(style) + "; script-src" + allowed
}
