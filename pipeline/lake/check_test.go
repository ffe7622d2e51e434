package lake

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// steps runs a check and returns it as lines: name, source, and whether it holds.
func steps(t *testing.T, l *Lake, mayMove bool) (lines []string, last Step) {
	t.Helper()
	for step := range l.Check(t.Context(), mayMove) {
		state := "ok"
		if step.Err != nil {
			state = "failed"
			wantKind(t, step.Err, Refused)
		} else if step.Detail == "" {
			t.Errorf("step %s says nothing", step.Name)
		}
		lines = append(lines, strings.Join(strings.Fields(step.Source+" "+step.Name+" "+state), " "))
		t.Log(step.Source, step.Name, step.Detail)
		last = step
	}
	return lines, last
}

func TestCheckWalksTheWayToTheLake(t *testing.T) {
	files := small()
	shelves(t, files, func(t *testing.T, s shelf) {
		l := open(t, at(s.url))
		first := map[bool]string{true: "region", false: "folder"}[l.OnS3()]
		want := []string{
			"parent " + first + " ok", "parent list ok", "parent read ok",
			"child " + first + " ok", "child list ok", "child read ok", "child move ok",
		}
		if l.OnS3() {
			want = append([]string{"credentials ok"}, want...)
		}
		before := s.keys()
		got, _ := steps(t, l, true)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, s.keys()); diff != "" {
			t.Errorf("the check left something behind (-before +after):\n%s", diff)
		}
		got, _ = steps(t, l, false)
		if diff := cmp.Diff(want[:len(want)-1], got); diff != "" {
			t.Errorf("steps of a lake that is only read (-want +got):\n%s", diff)
		}
	})
}

func TestCheckEndsWhereTheWayEnds(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	denied := s3test.Answer(http.StatusForbidden, "AccessDenied")
	child := Config{Child: server.URL("lake/child")}
	for title, test := range map[string]struct {
		prepare func(t *testing.T)
		config  Config
		want    []string
	}{
		"no credentials": {func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		}, child, []string{"credentials failed"}},
		"no bucket": {func(*testing.T) {}, Config{Child: "s3://no-such-bucket"}, []string{"credentials ok", "child region failed"}},
		"no right to list": {func(*testing.T) { proxy.Fail(9, s3test.Lists(), denied) }, child,
			[]string{"credentials ok", "child region ok", "child list failed"}},
		"wrong region": {func(t *testing.T) { t.Setenv("AWS_REGION", "eu-north-1") }, child,
			[]string{"credentials ok", "child region ok", "child list failed"}},
		"no right to read": {func(*testing.T) {
			proxy.Fail(9, func(r s3test.Request) bool { return r.Method == http.MethodGet && r.Key != "" }, denied)
		}, child, []string{"credentials ok", "child region ok", "child list ok", "child read failed"}},
		"no right to write": {func(*testing.T) { proxy.Fail(9, s3test.Method(http.MethodPut), denied) }, child,
			[]string{"credentials ok", "child region ok", "child list ok", "child read ok", "child move failed"}},
		"no right to delete": {func(*testing.T) { proxy.Fail(9, s3test.Method(http.MethodDelete), denied) }, child,
			[]string{"credentials ok", "child region ok", "child list ok", "child read ok", "child move failed"}},
		"one half fails": {func(*testing.T) {}, Config{Parent: server.URL("nowhere"), Child: server.URL("lake/child")},
			[]string{"credentials ok", "parent region ok", "parent list failed", "child region ok", "child list ok", "child read ok", "child move ok"}},
	} {
		t.Run(title, func(t *testing.T) {
			proxy.Heal()
			test.prepare(t)
			got, _ := steps(t, open(t, test.config), true)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckNamesTheProviderAndNeverTheValues(t *testing.T) {
	server := upload(t, small())
	startSTS(t, server, time.Hour)
	config := at(server.URL("lake"))
	config.S3.RoleARN, config.S3.ExternalID = testRole, testExternalID
	var text string
	for step := range open(t, config).Check(t.Context(), true) {
		text += fmt.Sprintln(step.Name, step.Detail, step.Err)
	}
	for _, want := range []string{"role " + testRole, "the environment (AWS_ACCESS_KEY_ID)", "with an external id"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, secret := range []string{"base-key", "base-secret", server.AccessKey, server.SecretKey, testExternalID} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in\n%s", secret, text)
		}
	}
}
