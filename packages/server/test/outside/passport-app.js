/** An Express application as its makers' documentation shows it: sessions in a cookie, sign-in by passport-openidconnect. Reads its settings from the environment, tells its port. */
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'

const { ISSUER: issuer, CLIENT_ID: clientID, CLIENT_SECRET: clientSecret, PORT: port } = process.env

const strategy = new OpenIDConnectStrategy(
  {
    issuer,
    authorizationURL: `${issuer}/authorize`,
    tokenURL: `${issuer}/token`,
    userInfoURL: `${issuer}/userinfo`,
    clientID,
    clientSecret,
    callbackURL: `http://127.0.0.1:${port}/callback`,
    scope: ['profile', 'email'],
    nonce: true,
    maxAge: 300,
    skipUserProfile: false,
  },
  (_issuer, profile, done) => done(null, profile),
)

const app = express()
app.use(session({ secret: 'of this test alone', resave: false, saveUninitialized: false, name: 'passport-app' }))
app.use(passport.initialize())
app.use(passport.session())
passport.use('latchwork', strategy)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

app.get('/sign-in', passport.authenticate('latchwork'))
app.get('/callback', passport.authenticate('latchwork', { failureMessage: true }), (_request, response) => response.redirect('/me'))
app.get('/me', (request, response) => (request.user ? response.json(request.user) : response.redirect('/sign-in')))
app.use((error, _request, response, _next) => response.status(500).json({ name: error.name, code: error.code, message: error.message }))

app.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))
