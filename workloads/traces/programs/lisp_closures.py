# SPDX-License-Identifier: MIT
"""lisp_closures: a small Lisp, interpreted.

Heap: every call makes an environment that refers to the one it was defined in;
closures refer to their environments, and a local function that calls itself
stands in its own: garbage in small cycles, which hold the lists that the call
worked on, among cons cells in trees that live for long.
"""
import sys

PROGRAM = """
(define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
(define (map f l)
  (define (next l) (if (null? l) nil (cons (f (car l)) (next (cdr l)))))
  (next l))
(define (fold f x l)
  (define (next x l) (if (null? l) x (next (f x (car l)) (cdr l))))
  (next x l))
(define (range a b)
  (define (next a) (if (< a b) (cons a (next (+ a 1))) nil))
  (next a))
(define (filter p l)
  (define (next l)
    (if (null? l) nil
      (if (p (car l)) (cons (car l) (next (cdr l))) (next (cdr l)))))
  (next l))
(define (sort l)
  (if (null? l) nil
    (append (sort (filter (lambda (x) (< x (car l))) (cdr l)))
      (cons (car l)
        (sort (filter (lambda (x) (not (< x (car l)))) (cdr l)))))))
(define (counter n) (lambda (by) (set! n (+ n by)) n))
(define (sum-to n)
  (define (loop i sum) (if (< i 1) sum (loop (- i 1) (+ sum i))))
  (loop n 0))
(define (insert tree key)
  (if (null? tree) (cons key (cons nil nil))
    (if (< key (car tree))
      (cons (car tree) (cons (insert (car (cdr tree)) key) (cdr (cdr tree))))
      (cons (car tree)
        (cons (car (cdr tree)) (insert (cdr (cdr tree)) key))))))
(define (size tree)
  (if (null? tree) 0
    (+ 1 (+ (size (car (cdr tree))) (size (cdr (cdr tree)))))))
(define total (counter 0))
(define (work n)
  (define numbers (map (lambda (x) (mod (* x 37) 101)) (range n (+ n 24))))
  (total (fold + 0 (sort numbers)))
  (total (sum-to n))
  (set! kept (fold insert kept (map (lambda (x) (mod (* x 7919) 1009))
    (range n (+ n 4)))))
  (total (size kept)))
(define kept nil)
(fold (lambda (sum n) (work n)) 0 (range 0 ROUNDS))
"""


class Cons:
    __slots__ = ("car", "cdr")

    def __init__(self, car, cdr):
        self.car, self.cdr = car, cdr


class Environment:
    def __init__(self, names, outer):
        self.names, self.outer = names, outer

    def of(self, name):
        here = self
        while name not in here.names:
            here = here.outer
        return here.names


class Closure:
    def __init__(self, parameters, body, environment):
        self.parameters, self.body = parameters, body
        self.environment = environment

    def enter(self, arguments):
        return Environment(dict(zip(self.parameters, arguments)),
                           self.environment)


def read(tokens):
    token = tokens.pop()
    if token == "(":
        form = []
        while tokens[-1] != ")":
            form.append(read(tokens))
        tokens.pop()
        return form
    return int(token) if token.lstrip("-").isdigit() else token


def evaluate(form, environment):
    while True:  # a call in last place is a step of this loop
        if isinstance(form, str):
            return environment.of(form)[form]
        if not isinstance(form, list):
            return form
        match form:
            case ["define", [name, *parameters], *body]:
                environment.names[name] = Closure(parameters, body, environment)
                return None
            case ["define" | "set!" as word, name, value]:
                value = evaluate(value, environment)
                where = environment if word == "define" else None
                names = where.names if where else environment.of(name)
                names[name] = value
                return None
            case ["lambda", parameters, *body]:
                return Closure(parameters, body, environment)
            case ["if", test, yes, no]:
                form = yes if evaluate(test, environment) else no
                continue
        function, *arguments = [evaluate(part, environment) for part in form]
        if not isinstance(function, Closure):
            return function(*arguments)
        environment = function.enter(arguments)
        for step in function.body[:-1]:
            evaluate(step, environment)
        form = function.body[-1]


BUILT_IN = {
    "nil": None,
    "cons": Cons,
    "car": lambda cell: cell.car,
    "cdr": lambda cell: cell.cdr,
    "null?": lambda value: value is None,
    "not": lambda value: not value,
    "<": lambda a, b: a < b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "mod": lambda a, b: a % b,
}


def main(rounds):
    text = PROGRAM.replace("ROUNDS", str(rounds))
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()[::-1]
    environment = Environment(dict(BUILT_IN), None)
    value = None
    while tokens:
        value = evaluate(read(tokens), environment)
    return value


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
sys.setrecursionlimit(20000)
sys.audit("wane.trace", "start")
result = main(rounds)
sys.audit("wane.trace", "end")
print(result)
