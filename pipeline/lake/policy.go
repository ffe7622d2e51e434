package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The documents below give a role what this package asks of S3 and no more. Reading is one listing below the prefix and
// getting objects; moving writes, copies (with the objects' tags) and deletes below orders/.

type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  []string                  `json:",omitempty"`
	Condition map[string]map[string]any `json:",omitempty"`
}

const (
	policyVersion = "2012-10-17" // of the policy language, the newest
	awsPartition  = "aws"
)

// Policy returns the least that a role needs on the buckets of a lake, as JSON: to read, and where mayMove says so, to
// move order files. Parts of the lake that are folders need nothing; a lake of nothing but folders is Invalid.
func Policy(config Config, mayMove bool) (string, error) {
	statements, err := grants(config, mayMove, awsPartition)
	if err != nil {
		return "", err
	}
	return asJSON(document{policyVersion, statements})
}

// TrustPolicy returns who may assume the role, as JSON: a principal (the ARN of a user or role, or an account's number),
// and only with the external id, which keeps others from using the role through that principal.
func TrustPolicy(principal, externalID string) (string, error) {
	if principal == "" || externalID == "" {
		return "", &Error{Op: "write", URI: "the trust policy", Kind: Invalid, Err: errors.New("principal or external id is missing"),
			Hint: "name who assumes the role, and set external_id to a text that is hard to guess"}
	}
	return asJSON(document{policyVersion, []statement{trust(principal, externalID)}})
}

func trust(principal, externalID string) statement {
	return statement{Sid: "AssumedByFmcg", Effect: "Allow", Principal: map[string]string{"AWS": principal}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": externalID}}}
}

// CloudFormation returns a template, as YAML, of a role that may read the lake, or also move order files. Who may assume
// it, and with which external id, are its parameters; role_arn is its output.
func CloudFormation(config Config, mayMove bool) (string, error) {
	statements, err := grants(config, mayMove, "${AWS::Partition}")
	if err != nil {
		return "", err
	}
	does := "reads the lake"
	if mayMove {
		does = "reads the lake and moves order files to processed/"
	}
	var y strings.Builder
	fmt.Fprintf(&y, `AWSTemplateFormatVersion: "2010-09-09"
Description: Role of fmcg, which %s
Parameters:
  TrustedPrincipal:
    Type: String
    Description: ARN of the user or role that runs fmcg, or the number of its account
    AllowedPattern: ".+"
  ExternalId:
    Type: String
    Description: external_id of fmcg.yaml, a text that is hard to guess
    MinLength: 2
    MaxLength: 1224
    AllowedPattern: "[A-Za-z0-9_+=,.@:/-]+"
Resources:
  FmcgRole:
    Type: AWS::IAM::Role
    Properties:
      Description: fmcg %s
      MaxSessionDuration: %d
      AssumeRolePolicyDocument:
        Version: %q
        Statement:
`, does, does, int(roleDuration.Seconds()), policyVersion)
	writeYAML(&y, []statement{trust("${TrustedPrincipal}", "${ExternalId}")})
	fmt.Fprintf(&y, `      Policies:
        - PolicyName: fmcg-lake
          PolicyDocument:
            Version: %q
            Statement:
`, policyVersion)
	var below strings.Builder
	writeYAML(&below, statements)
	for line := range strings.Lines(below.String()) {
		y.WriteString("    " + line)
	}
	y.WriteString(`Outputs:
  RoleArn:
    Description: role_arn of fmcg.yaml
    Value: !GetAtt FmcgRole.Arn
`)
	return y.String(), nil
}

// grants returns the statements for the lake's buckets.
func grants(config Config, mayMove bool, partition string) ([]statement, error) {
	prefixes := map[string][]string{} // by bucket
	var objects, orders []string
	for _, given := range []struct{ source, url string }{{SourceParent, config.Parent}, {SourceChild, config.Child}} {
		if given.url == "" {
			continue
		}
		at, err := parseLocation(given.url)
		if err != nil {
			return nil, err
		}
		if at.bucket == "" {
			continue
		}
		arn := "arn:" + partition + ":s3:::" + at.bucket
		prefixes[arn] = append(prefixes[arn], at.prefix+"*")
		objects = append(objects, arn+"/"+at.prefix+"*")
		if given.source == SourceChild {
			orders = append(orders, arn+"/"+at.prefix+ordersFolder+"/*")
		}
	}
	if len(objects) == 0 {
		return nil, &Error{Op: "write", URI: "the policy", Kind: Invalid, Err: errors.New("no part of the lake is on S3"),
			Hint: "name the bucket with --lake s3://bucket/prefix"}
	}
	var statements []statement
	buckets := make([]string, 0, len(prefixes))
	for bucket := range prefixes {
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	for i, bucket := range buckets {
		list := statement{Sid: fmt.Sprintf("ListLake%d", i+1), Effect: "Allow", Action: []string{"s3:ListBucket"}, Resource: []string{bucket}}
		if !slices.Contains(prefixes[bucket], "*") { // the whole bucket is the lake
			list.Condition = map[string]map[string]any{"StringLike": {"s3:prefix": prefixes[bucket]}}
		}
		statements = append(statements, list)
	}
	statements = append(statements, statement{Sid: "ReadLake", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: objects})
	if mayMove && len(orders) > 0 {
		statements = append(statements, statement{Sid: "MoveOrders", Effect: "Allow", Resource: orders,
			Action: []string{"s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:PutObjectTagging"}})
	}
	return statements, nil
}

func asJSON(document document) (string, error) {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return "", err
	}
	return string(text) + "\n", nil
}

// writeYAML writes statements as the items of a list, indented by 10. Every text with a parameter in it is a !Sub.
func writeYAML(y *strings.Builder, statements []statement) {
	for _, s := range statements {
		fmt.Fprintf(y, "          - Sid: %s\n            Effect: %s\n", s.Sid, s.Effect)
		if principal, found := s.Principal["AWS"]; found {
			fmt.Fprintf(y, "            Principal:\n              AWS: %s\n", scalar(principal))
		}
		writeList(y, "            Action:", s.Action)
		if len(s.Resource) > 0 {
			writeList(y, "            Resource:", s.Resource)
		}
		for operator, keys := range s.Condition {
			for key, value := range keys {
				fmt.Fprintf(y, "            Condition:\n              %s:\n", operator)
				if values, ok := value.([]string); ok {
					writeList(y, "                "+key+":", values)
				} else {
					fmt.Fprintf(y, "                %s: %s\n", key, scalar(fmt.Sprint(value)))
				}
			}
		}
	}
}

func writeList(y *strings.Builder, head string, values []string) {
	y.WriteString(head + "\n")
	indent := strings.Repeat(" ", len(head)-len(strings.TrimLeft(head, " "))+2)
	for _, value := range values {
		y.WriteString(indent + "- " + scalar(value) + "\n")
	}
}

// scalar writes a text in YAML: JSON's quoting is YAML's.
func scalar(text string) string {
	quoted, _ := json.Marshal(text) // a string always marshals
	if strings.Contains(text, "${") {
		return "!Sub " + string(quoted)
	}
	return string(quoted)
}
