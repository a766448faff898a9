/** The API's start page: how to call it. */
export function howToCall(url: string, issuer: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Notes API</title></head>
<body>
<h1>Notes API</h1>
<p>An API protected by <a href="${issuer}">${issuer}</a>. It takes an API key, a session token or an OAuth access token, and says who called.</p>
<pre>curl ${url}/notes -H "Authorization: Bearer $CREDENTIAL"
curl ${url}/notes -H "Authorization: Bearer $CREDENTIAL" -H "Content-Type: application/json" -d '{"text": "Buy milk"}'</pre>
<p>Reading needs the scope <code>notes:read</code>, writing <code>notes:write</code>.</p>
</body>
</html>
`
}
