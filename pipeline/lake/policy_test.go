package lake

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func statementsOf(t *testing.T, text string) []statement {
	t.Helper()
	var parsed document
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return parsed.Statement
}

func TestThePolicyGrantsWhatIsNeededAndNoMore(t *testing.T) {
	const arn = "arn:aws:s3:::fmcg-data"
	list := func(bucket string, prefixes ...any) statement {
		s := statement{Sid: "ListLake1", Effect: "Allow", Action: []string{"s3:ListBucket"}, Resource: []string{bucket}}
		if len(prefixes) > 0 {
			s.Condition = map[string]map[string]any{"StringLike": {"s3:prefix": prefixes}}
		}
		return s
	}
	get := func(resources ...string) statement {
		return statement{Sid: "ReadLake", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: resources}
	}
	move := func(resource string) statement {
		return statement{Sid: "MoveOrders", Effect: "Allow", Resource: []string{resource},
			Action: []string{"s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:PutObjectTagging"}}
	}
	second := list("arn:aws:s3:::sports-bar")
	second.Sid = "ListLake2"
	for title, test := range map[string]struct {
		config  Config
		mayMove bool
		want    []statement
	}{
		"a lake that is read": {at("s3://fmcg-data/lake"), false,
			[]statement{list(arn, "lake/parent/*", "lake/child/*"), get(arn+"/lake/parent/*", arn+"/lake/child/*")}},
		"a lake in which orders move": {at("s3://fmcg-data/lake"), true,
			[]statement{list(arn, "lake/parent/*", "lake/child/*"), get(arn+"/lake/parent/*", arn+"/lake/child/*"), move(arn + "/lake/child/orders/*")}},
		"a bucket of the child": {Config{Child: "s3://fmcg-data"}, true, []statement{list(arn), get(arn + "/*"), move(arn + "/orders/*")}},
		"two buckets": {Config{Parent: "s3://fmcg-data/p/", Child: "s3://sports-bar"}, false,
			[]statement{list(arn, "p/*"), second, get(arn+"/p/*", "arn:aws:s3:::sports-bar/*")}},
	} {
		t.Run(title, func(t *testing.T) {
			text, err := Policy(test.config, test.mayMove)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, statementsOf(t, text)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
	_, err := Policy(at("/data/lake"), false)
	wantKind(t, err, Invalid)
}

func TestTheTrustPolicyAsksForTheExternalID(t *testing.T) {
	text, err := TrustPolicy("arn:aws:iam::123456789012:role/night", testExternalID)
	if err != nil {
		t.Fatal(err)
	}
	want := []statement{{Sid: "AssumedByFmcg", Effect: "Allow", Principal: map[string]string{"AWS": "arn:aws:iam::123456789012:role/night"},
		Action: []string{"sts:AssumeRole"}, Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": testExternalID}}}}
	if diff := cmp.Diff(want, statementsOf(t, text)); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	_, err = TrustPolicy("123456789012", "")
	wantKind(t, err, Invalid)
}

func TestTheCloudFormationTemplateMakesTheRoleOfThePolicy(t *testing.T) {
	for _, mayMove := range []bool{false, true} {
		config := at("s3://fmcg-data/lake")
		text, err := CloudFormation(config, mayMove)
		if err != nil {
			t.Fatal(err)
		}
		var node map[string]any
		if err := yaml.Unmarshal([]byte(text), &node); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		role := node["Resources"].(map[string]any)["FmcgRole"].(map[string]any)["Properties"].(map[string]any)
		policy, err := Policy(config, mayMove)
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(policy, "arn:aws:", "arn:${AWS::Partition}:")), &want); err != nil {
			t.Fatal(err)
		}
		got := role["Policies"].([]any)[0].(map[string]any)["PolicyDocument"]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("may move %t: policy (-want +got):\n%s\n%s", mayMove, diff, text)
		}
		trust := role["AssumeRolePolicyDocument"].(map[string]any)["Statement"].([]any)[0].(map[string]any)
		if condition := trust["Condition"].(map[string]any)["StringEquals"].(map[string]any)["sts:ExternalId"]; condition != "${ExternalId}" {
			t.Errorf("the trust policy asks for the external id %v", condition)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "${") && !strings.Contains(line, "!Sub ") {
				t.Errorf("the parameter is not substituted in %q", line)
			}
		}
		for _, name := range []string{"TrustedPrincipal", "ExternalId"} {
			if node["Parameters"].(map[string]any)[name] == nil {
				t.Errorf("there is no parameter %s", name)
			}
		}
	}
}
