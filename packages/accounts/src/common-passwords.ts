/**
 * The words and strings that guessing starts with. Kept as stems in lower case: `checkPasswordStrength` takes off digits and signs around a word and undoes the
 * usual replacements of letters, so that `P@ssw0rd2024!` is found under `password`.
 */
const words = `
  password passwords passw passwort passwd passphrase mypassword thepassword passwordpassword newpassword oldpassword secretpassword kennwort motdepasse contrasena
  contraseña wachtwoord senha parola haslo heslo salasana lozinka admin administrator administrador administrateur adminadmin adminpassword root rootroot toor
  superuser sysadmin webmaster guest guestguest user username useruser test testtest tester testing testuser testpassword demo demodemo default changeme
  changemenow changeit letmein letmeinnow letmeinplease welcome welcomeback welcomehome login loginlogin signin secret secretsecret topsecret supersecret
  security access accessgranted master masterkey mastermaster private system server database computer internet network windows microsoft apple google
  facebook twitter instagram youtube linkedin samsung android iphone
  qwerty qwertyqwerty qwertyuiop qwertyui qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl asdfasdf asdfasdfasdf zxcvbn zxcvbnm zxcvbnmzxcvbnm qazwsx
  qazwsxedc qazwsxedcrfv qweasd qweasdzxc qweqwe qweqweqwe asdasd asdasdasd zxczxc zxczxczxc poiuytrewq lkjhgfdsa mnbvcxz abcabc abcabcabc abcdefg
  abcdefghij abcdabcd abcdabcdabcd aabbccddee
  iloveyou iloveyousomuch iloveu ilovegod ilovejesus lovelove lovelovelove loveyou lovely loveme mylove truelove babygirl babyboy sweetheart sweety princess
  prince princesa sunshine sunflower rainbow butterfly flower flowers chocolate cookie cookies cheese banana orange cherry strawberry
  monkey dragon tiger lion eagle dolphin elephant kitten pussycat puppy
  football baseball basketball softball hockey soccer tennis golf golfer liverpool arsenal chelsea manchester barcelona realmadrid juventus yankees
  cowboys steelers lakers
  superman batman spiderman ironman starwars pokemon pikachu naruto minecraft fortnite nintendo playstation xbox warcraft
  michael jordan michaeljordan jennifer jessica ashley charlie daniel thomas andrew joshua matthew robert anthony william jonathan christopher samantha
  elizabeth victoria alexander alexandra nicole michelle
  freedom forever together blessed blessing jesus jesuschrist christ christian heaven angel angels whatever nothing something trustno trustnoone
  hello hellohello helloworld helloween goodbye summer winter spring autumn summertime wintertime january february march april june july august september
  october november december monday tuesday wednesday thursday friday saturday sunday birthday happybirthday christmas happy happiness
  correcthorsebatterystaple correcthorse opensesame killer hunter shadow ranger mustang ferrari porsche mercedes harley corvette pepper
  latchwork
  1234567890 0123456789 12345678910 123456789a 123456789q 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5 zaq12wsxcde3 1234512345 123123123123
  12341234123 123412341234 1231231231 0987654321 9876543210 1357924680 2468013579 1122334455 11223344556 112233445566 123321123321 147258369 1472583690 3.14159265
  31415926535 159753456852 1020304050 a1b2c3d4e5 a1s2d3f4g5 abc123abc123 abcd1234abcd qwer1234asdf qwer1234qwer asdf1234asdf qwe123qwe123 123qweasdzxc
  pass1234word admin12345 aa12345678 a123456789 q123456789 qq123456789 woaini1314 woaini520
`

export const commonPasswords: ReadonlySet<string> = new Set(words.trim().split(/\s+/))
