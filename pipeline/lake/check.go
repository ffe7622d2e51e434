package lake

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Step is one step of Check.
type Step struct {
	Name   string // "credentials", "region", "folder", "list", "read", "move"
	Source string // SourceParent or SourceChild; "" for what both share
	Detail string // what was found where it holds; never a secret
	Err    error  // why it failed and what to do; else nil
}

// Check walks the way to the lake step by step: credentials and region (on S3) or folder, list, the first line of a
// file, and where mayMove asks for it the right to move. A step that fails ends the walk to its root. The right to
// move is tried with dot-files below orders/, which are removed again.
func (l *Lake) Check(ctx context.Context, mayMove bool) iter.Seq[Step] {
	return func(yield func(Step) bool) {
		if l.s3 != nil {
			if step := l.s3.check(ctx); !yield(step) || step.Err != nil {
				return
			}
		}
		for _, root := range l.roots {
			for step := range root.check(ctx, mayMove && root.source == SourceChild) {
				if step.Source = root.source; step.Err != nil {
					step.Detail = ""
				}
				if !yield(step) {
					return
				}
				if step.Err != nil {
					break
				}
			}
		}
	}
}

// check is the walk to one root; it does not stop at a failure by itself.
func (r root) check(ctx context.Context, mayMove bool) iter.Seq[Step] {
	return func(yield func(Step) bool) {
		if !yield(r.store.reach(ctx)) {
			return
		}
		var listing Listing
		entries, exists, err := r.store.list(ctx, foldersOf(r.source))
		if err == nil && !exists {
			err = r.missing()
		}
		listing.add(r, entries, map[string]bool{})
		listing.shadow()
		found := fmt.Sprintf("%d files and %d other names in %s", len(listing.Files), len(listing.Ignored), r.store.uri(""))
		if !yield(Step{Name: "list", Detail: strings.Join(append([]string{found}, listing.Warnings...), "; "), Err: err}) {
			return
		}
		if !yield(r.readFirstLine(ctx, listing.Files)) {
			return
		}
		if mayMove {
			yield(Step{Name: "move", Detail: "may write to, copy within and delete from " + r.store.uri(ordersFolder+"/"), Err: r.store.probe(ctx)})
		}
	}
}

func (r root) readFirstLine(ctx context.Context, files []File) Step {
	step := Step{Name: "read", Detail: "no file to read"}
	if len(files) == 0 {
		return step
	}
	path, _ := r.store.within(files[0].URI)
	var start bytes.Buffer
	if step.Err = r.store.read(ctx, path, headSize, &start); step.Err == nil {
		line, _, _ := strings.Cut(start.String(), "\n")
		step.Detail = fmt.Sprintf("first line of %s: %.200q", files[0].Name, strings.TrimSpace(line))
		if strings.HasSuffix(strings.ToLower(files[0].Name), ".gz") {
			step.Detail = fmt.Sprintf("first %d bytes of %s", start.Len(), files[0].Name)
		}
	}
	return step
}

// check fetches the credentials and says where they are from.
func (s *session) check(ctx context.Context) Step {
	step := Step{Name: "credentials"}
	keys, err := s.config.Credentials.Retrieve(ctx)
	if err != nil {
		step.Err = failure(ctx, "fetch", "the credentials", err)
		return step
	}
	step.Detail = "from " + providerName(keys.Source)
	if s.settings.RoleARN != "" {
		step.Detail = "role " + s.settings.RoleARN + ", assumed"
		if s.settings.ExternalID != "" {
			step.Detail += " with an external id"
		}
		if base, err := s.config.Credentials.(*marked).base.Retrieve(ctx); err == nil {
			step.Detail += " by credentials from " + providerName(base.Source)
		}
	}
	if keys.CanExpire {
		step.Detail += ", until " + keys.Expires.UTC().Format(time.RFC3339) + ", renewed before"
	}
	return step
}

// providerName says in people's words which provider of the SDK's chain has the credentials.
func providerName(source string) string {
	name, where, _ := strings.Cut(source, ": ")
	switch name {
	case "EnvConfigCredentials":
		return "the environment (AWS_ACCESS_KEY_ID)"
	case "SharedConfigCredentials":
		return strings.TrimSpace("a profile in " + where)
	case ssocreds.ProviderName:
		return "single sign-on (SSO)"
	case logincreds.ProviderName:
		return "aws login"
	case processcreds.ProviderName:
		return "a credential process of the profile"
	case stscreds.ProviderName:
		return "a role of the profile"
	case stscreds.WebIdentityProviderName:
		return "a web identity token"
	case endpointcreds.ProviderName:
		return "the container's role"
	case ec2rolecreds.ProviderName:
		return "the machine's role (EC2)"
	}
	return source
}

// reach asks for the bucket's region, which Amazon tells even those it refuses.
func (p *prefix) reach(ctx context.Context) Step {
	b := p.bucket
	step := Step{Name: "region"}
	at, err := b.endpoint(ctx)
	if err != nil {
		step.Err = failure(ctx, "find the endpoint of", "s3://"+b.name, err)
		return step
	}
	region := b.currentRegion()
	answer, err := b.client(region).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}, b.patience("s3://"+b.name))
	found := regionOf(err)
	if err == nil {
		found = aws.ToString(answer.BucketRegion)
	}
	switch status := statusOf(err); {
	case found != "":
		b.settle(found)
		step.Detail = "bucket " + b.name + " is in " + found
		if found != region && b.session.regionGiven {
			step.Detail += ", though AWS_REGION or the profile says " + region
		}
	case err == nil || status == http.StatusForbidden || status == http.StatusBadRequest: // the listing says more
		step.Detail = "bucket " + b.name + ": the store tells no region, so " + region + " it is"
	case status == http.StatusNotFound:
		step.Err = &Error{Op: "find", URI: "s3://" + b.name, Kind: Refused, Hint: hintBucket, Err: errors.New("there is no such bucket, or no such access key")}
	default:
		step.Err = failure(ctx, "reach", "s3://"+b.name, err)
	}
	step.Detail += ", at " + at.Scheme + "://" + at.Host
	return step
}

func (f *folder) reach(ctx context.Context) Step {
	step := Step{Name: "folder", Detail: f.root}
	if _, exists, err := f.list(ctx, map[string]bool{}); err != nil {
		step.Err = err
	} else if !exists {
		step.Err = root{store: f}.missing()
	}
	return step
}

// probeName is a name that no listing of ours takes for a file.
func probeName() string { return ".fmcg-check-" + strings.ToLower(rand.Text()) }

// probe writes, copies and deletes below processed/, and asks to delete from landing/ what is not there.
func (p *prefix) probe(ctx context.Context) error {
	first, second := processedFolder+"/"+probeName(), processedFolder+"/"+probeName()
	if err := p.put(ctx, first, []byte("a probe of fmcg check\n"), time.Time{}); err != nil {
		return err
	}
	written, exists, err := p.stat(ctx, first)
	if err != nil || !exists {
		return err
	}
	copied, err := p.copyObject(ctx, written, second, nil)
	if err != nil {
		_ = p.remove(ctx, written) // why the copy failed says more
		return err
	}
	err = p.remove(ctx, copied)
	if first := p.remove(ctx, written); err == nil {
		err = first
	}
	if err != nil {
		return err
	}
	absent := landingFolder + "/" + probeName()
	key := p.prefix + absent
	err = p.bucket.request(ctx, "delete", p.uri(absent), func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) error {
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.bucket.name, Key: &key, IfMatch: aws.String(`"0"`)}, patience)
		return err
	})
	if isKind(err, Vanished) || isKind(err, Changed) || statusOf(err) == http.StatusNotImplemented {
		return nil
	}
	return err
}

// probe makes and removes a file where files are moved from and to.
func (f *folder) probe(context.Context) error {
	for _, below := range []string{ordersFolder, landingFolder, processedFolder} {
		info, err := os.Stat(f.uri(below))
		if err != nil || !info.IsDir() {
			continue // Move makes processed/, in orders/
		}
		name := f.uri(below + "/" + probeName())
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return fileFailure("write", name, err)
		}
		if err := os.Remove(name); err != nil {
			return fileFailure("delete", name, err)
		}
	}
	return nil
}
