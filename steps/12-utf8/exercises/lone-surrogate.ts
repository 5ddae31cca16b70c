// Half of a UTF-16 pair is a legal JavaScript string. What becomes of it on the way to the wire?

const half = "👋".slice(0, 1);

console.log(`In the string: U+${half.charCodeAt(0).toString(16).toUpperCase()}`);
console.log(`As bytes: ${Buffer.from(half).toString("hex")}`);
